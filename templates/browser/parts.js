// Addresses: #/part/argument/argument?column=value. What is behind them is drawn anew each time.

const PARTS = [
  ["", "Overview"], ["gaps", "Gaps"], ["conclusions", "Conclusions"], ["exceptions", "Exceptions"],
  ["joined", "Joined facts"], ["changes", "Changes"], ["access", "Access"], ["evidence", "Evidence"], ["calls", "Calls"],
];
