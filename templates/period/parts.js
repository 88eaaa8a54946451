// The parts of the page, by their addresses.

const PARTS = [
  ["", "Overview"], ["coverage", "Coverage"], ["tests", "Tests"], ["exceptions", "Exceptions"], ["populations", "Populations"],
  ["events", "Events"], ["reviews", "Reviews"], ["samples", "Samples"], ["bundles", "Bundles"],
];
