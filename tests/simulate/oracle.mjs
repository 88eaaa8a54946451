// Reads cases (one JSON object a line) on stdin, answers each with the oracle's verdict on stdout.
import { createRequire } from 'node:module'
import { createInterface } from 'node:readline'

const require = createRequire(`${process.argv[2]}/`)
const { runSimulation } = require('@cloud-copilot/iam-simulate')

for await (const line of createInterface({ input: process.stdin })) {
  const { id, simulation } = JSON.parse(line)
  const answer = await runSimulation(simulation, {})
  const verdict = answer.resultType === 'error' ? `error: ${JSON.stringify(answer.errors)}` : answer.overallResult
  console.log(JSON.stringify({ id, verdict }))
}
