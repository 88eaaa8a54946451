"""The contact of the account."""


def test_address_and_phone_number_are_dropped(collected) -> None:
    contact = {"FullName": "Ann", "AddressLine1": "1 Street", "City": "Cork", "CountryCode": "IE"}
    contact |= {"PostalCode": "T12", "PhoneNumber": "+1 555 0100"}
    answers = {"GetContactInformation": {"ContactInformation": contact}}
    yields, _ = collected("account.contact-information", answers)
    assert yields == [{"ContactInformation": {"FullName": "Ann"}}]
