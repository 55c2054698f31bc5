/**
 * `process.report.getReport()` waits until every thread has answered, and the interrupt watcher, kept inside one
 * script for good, never does. Packages with native parts ask the report for the C library while they load (napi-rs's
 * loader does), so the process would stand still. They get a report that was taken before the watcher started.
 */
export function keepReport(): void {
  const { report } = process;
  if (!report) return;
  const taken = report.getReport();
  report.getReport = () => structuredClone(taken);
}
