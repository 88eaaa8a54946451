"""What `evidence schedule` prints: each file passes its linter, and each role has the policy and no more."""

import json
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import hcl2
import pytest
from cfnlint.decode import cfn_yaml

from evidence.aws.stacks import RoleLocation
from evidence.cli.schedule import ScheduleInterval, ScheduleName
from evidence.errors import UsageError
from evidence.permissions import NeededPermissions
from evidence.schedule import Interval, Schedule, When, files_of
from evidence.schedule.files import KINDS
from evidence.schedule.quoting import quote_hcl, quote_systemd
from tests.support.command import evidence

KEY = "arn:aws:kms:eu-west-1:123456789012:key/0f"
HOSTILE = ("--notify", "sh -c 'mail \"5%\" $HOME ${x} %{y}: #\\' 😀", "--external-id", "a b; `c`")
SCHEDULES = {
    "account": Schedule(NeededPermissions(), arguments=HOSTILE),
    "organization": Schedule(
        NeededPermissions(RoleLocation.MANAGEMENT, "Reader", "aggregator", KEY),
        When(Interval.MONTH, 28, 23, 59),
        ("--organization", "--role", "Reader", *HOSTILE),
        region="eu-west-1", bucket="evidence-of-northwind", mail="grc@example.com",
        secret="arn:aws:secretsmanager:eu-west-1:123456789012:secret:evidence-AbCdEf",
        image="123456789012.dkr.ecr.eu-west-1.amazonaws.com/evidence@sha256:" + "0" * 64,
    ),
}  # fmt: skip


@pytest.fixture(scope="module", params=SCHEDULES)
def schedule(request: pytest.FixtureRequest) -> Schedule:
    return SCHEDULES[request.param]


@pytest.fixture(scope="module")
def printed(schedule: Schedule, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Return a folder with what each name prints, in a folder of that name."""
    root = tmp_path_factory.mktemp("printed")
    for name in KINDS:
        if name == "github" and not schedule.permissions.kms_key:
            continue
        for file, text in files_of(name, schedule).items():
            path = root / name / file
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
    yield root


def linted(name: str, *arguments: object, cwd: Path | None = None) -> tuple[int, str]:
    command = [Path(sys.executable).with_name(name), *map(str, arguments)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=cwd)
    return done.returncode, done.stdout + done.stderr


def test_stacks_pass_cfn_lint(tmp_path: Path) -> None:
    stacks = []
    for which, schedule in SCHEDULES.items():
        for name in ("fargate", "codebuild", *(["github"] if schedule.permissions.kms_key else [])):
            (text,) = [text for file, text in files_of(name, schedule).items() if file.endswith(".yaml")]
            stacks.append(tmp_path / f"{which}-{name}.yaml")
            stacks[-1].write_text(text)
    assert linted("cfn-lint", "--non-zero-exit-code", "informational", *stacks) == (0, "")


def test_stacks_have_the_policy_and_little_more(printed: Path, schedule: Schedule) -> None:
    for stack in sorted(printed.glob("*/*.yaml")):
        resources = cfn_yaml.load(str(stack))["Resources"]
        granted = resources["EvidencePolicy"]["Properties"]
        assert granted["PolicyDocument"] == schedule.permissions.document()
        assert granted["Roles"] == [{"Ref": "EvidenceRole"}]
        assumed = "sts:AssumeRoleWithWebIdentity" if stack.parent.name == "github" else "sts:AssumeRole"
        writes = [action for action in actions(resources["EvidenceRole"]) if action not in READS]
        assert writes == [assumed, "s3:PutObject", *(LOGS if stack.stem == "codebuild" else ())]


READS = {"s3:ListBucket", "s3:GetObject", "secretsmanager:GetSecretValue"}
LOGS = ("logs:CreateLogStream", "logs:PutLogEvents")


def actions(role: dict) -> list[str]:
    """Return what a role's own policies allow beside the policy, and how it is assumed."""
    properties = role["Properties"]
    documents = [
        properties["AssumeRolePolicyDocument"],
        *(one["PolicyDocument"] for one in properties["Policies"]),
    ]
    found = [statement["Action"] for document in documents for statement in document["Statement"]]
    return [action for one in found for action in ([one] if isinstance(one, str) else one)]


def test_modules_are_terraform_and_have_the_policy(printed: Path, schedule: Schedule) -> None:
    modules = sorted(printed.glob("*/*.tf"))
    assert len(modules) == 2
    for module in modules:
        (policy,) = [
            one['"aws_iam_policy"']['"evidence"']["policy"]
            for one in hcl2.loads(module.read_text())["resource"]
            if '"aws_iam_policy"' in one
        ]
        first, *lines, last = policy.strip('"').splitlines()
        assert first.lstrip("<-") == last.strip() == "POLICY"
        assert json.loads("\n".join(lines)) == schedule.permissions.document()


def test_a_machines_role_is_the_stack_that_policy_prints(printed: Path, schedule: Schedule) -> None:
    for name in ("systemd", "cron"):
        assert json.loads((printed / name / "role.json").read_text()) == schedule.permissions.cloudformation()


def test_the_workflow_and_its_action_pass_actionlint_and_zizmor(tmp_path: Path) -> None:
    for file, text in files_of("github", SCHEDULES["organization"]).items():
        path = tmp_path / file
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    subprocess.run(["git", "init", "-q", tmp_path], check=True)
    assert linted("actionlint", cwd=tmp_path) == (0, "")
    code, said = linted("zizmor", "--offline", "--quiet", "--pedantic", "--no-config", tmp_path)
    assert code == 0, said


def test_systemd_takes_the_units(printed: Path) -> None:
    if shutil.which("systemd-analyze") is None:
        pytest.skip("no systemd here")
    units = [printed / "systemd" / f"evidence.{kind}" for kind in ("service", "timer")]
    done = subprocess.run(["systemd-analyze", "verify", *units], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout + done.stderr) == (0, "")


def test_a_crontab_runs_the_very_words(printed: Path, schedule: Schedule) -> None:
    line = (printed / "cron" / "evidence.cron").read_text().splitlines()[-1]
    assert line.startswith(f"{schedule.when.cron} evidence cd ")
    assert "%" not in line.replace(r"\%", "")
    words = shlex.split(line.replace(r"\%", "%"))
    assert [word for word in words if word in HOSTILE] == list(HOSTILE)


def test_stacks_and_workflow_run_the_very_words(printed: Path, schedule: Schedule) -> None:
    containers = resource(printed / "fargate/fargate.yaml", "Task")["ContainerDefinitions"]
    spec = resource(printed / "codebuild/codebuild.yaml", "Project")["Source"]["BuildSpec"]
    (line,) = [
        one for one in cfn_yaml.loads(str(spec))["phases"]["build"]["commands"] if "evidence-run --" in one
    ]
    said = [next(one["Command"] for one in containers if one["Name"] == "evidence"), shlex.split(line[1:-1])]
    if (workflow := printed / "github/.github/workflows/evidence.yml").exists():
        steps = cfn_yaml.load(str(workflow))["jobs"]["evidence"]["steps"]
        said.append(shlex.split(steps[-1]["with"]["arguments"]))
    for words in said:
        assert [word for word in words if word in HOSTILE] == list(HOSTILE)


def resource(stack: Path, name: str) -> dict:
    return cfn_yaml.load(str(stack))["Resources"][name]["Properties"]


def test_what_stands_for_something_is_quoted() -> None:
    assert quote_hcl("${x} %{y}") == '"$${x} %%{y}"'
    assert (
        quote_systemd(["%d/signer.key", 'a "b"\\', "5%", "$HOME"])
        == r'%d/signer.key "a \"b\"\\" "5%%" "$$HOME"'
    )


def test_a_word_that_begins_as_ours_ends_no_command_of_a_unit() -> None:
    word = '%d/x" ; /bin/sh -c "id'
    assert quote_systemd([word]) == r'"%%d/x\" ; /bin/sh -c \"id"'


@pytest.mark.parametrize("user", ["root sh -c id #", "%u", "", "-x", "'root'"])
def test_a_user_that_a_crontab_would_read_otherwise_is_refused(user: str) -> None:
    with pytest.raises(UsageError, match="is no name of a user"):
        Schedule(user=user)


@pytest.mark.parametrize("role", ["*", "Evidence?", "a b", 'x","Action":"*', ""])
def test_no_policy_enters_more_than_one_role(role: str) -> None:
    with pytest.raises(UsageError, match="is not the name of a role"):
        NeededPermissions(RoleLocation.MANAGEMENT, role)


@pytest.mark.parametrize("key", ["*", "0f*", "${{ secrets.KEY }}", "0f/../1", "{{resolve:ssm:x}}"])
def test_no_policy_signs_with_more_than_one_key(key: str) -> None:
    with pytest.raises(UsageError, match="is not the ARN of a KMS key"):
        NeededPermissions(kms_key=f"arn:aws:kms:eu-west-1:123456789012:key/{key}").document()


@pytest.mark.parametrize("at", ["06:00+05:00", "06:00Z", "06:00:30", "24:61"])
def test_a_time_that_would_be_another_one_is_refused(at: str) -> None:
    done = evidence("schedule", "script", "--at", at)
    assert (done.returncode, "is no time of the day" in done.stderr) == (2, True)


@pytest.mark.parametrize("word", ["a\nb", "a\x9bb", "${{ secrets.KEY }}", "{{resolve:ssm:x}}"])
def test_a_word_that_no_file_can_hold_is_refused(word: str) -> None:
    with pytest.raises(UsageError, match="cannot stand in a schedule"):
        Schedule(arguments=("--notify", word))


def test_github_keeps_no_key() -> None:
    with pytest.raises(UsageError, match="signs with a key in AWS KMS"):
        files_of("github", Schedule())


def test_the_command_knows_each_name() -> None:
    assert {one.value for one in ScheduleName} == set(KINDS)
    assert {one.value for one in ScheduleInterval} == {one.value for one in Interval}


def test_times_are_said_in_each_schedulers_words() -> None:
    when = When(Interval.QUARTER, 2, 6, 5)
    assert when.cron == "5 6 2 1,4,7,10 *"
    assert when.aws == "cron(5 6 2 1,4,7,10 ? *)"
    assert when.systemd == "*-1,4,7,10-2 06:05:00 UTC"


def test_the_image_and_the_task_agree_on_who_runs(printed: Path) -> None:
    image = Path("Dockerfile").read_text()
    assert "USER 10001:10001" in image
    for file in ("fargate/fargate.yaml", "fargate-terraform/fargate.tf"):
        text = (printed / file).read_text()
        assert "chown -R 10001:10001 /work" in text
        assert text.count("10001:10001") == 2
