// Prints the test files that failed, one a line: node tools/failed-tests.js REPORT, where REPORT is of vitest's reporter
// "json". Exit code 1 if the report does not say which.
import { readFileSync } from 'node:fs';
import { relative } from 'node:path';
import process from 'node:process';

const [report] = process.argv.slice(2);
const { testResults } = JSON.parse(readFileSync(report, 'utf8'));
const failed = testResults.filter(({ status }) => status === 'failed').map(({ name }) => relative('.', name));
if (failed.length === 0) process.exitCode = 1;
else process.stdout.write(`${failed.join('\n')}\n`);
