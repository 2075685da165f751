/** One line for people. */
export type Report = (line: string) => void;

/** Says how far it is, ten times over the whole. */
export function everyTenth(total: number, report: Report): (done: number) => void {
  let told = 0;
  return (done) => {
    const tenth = Math.floor((10 * done) / total);
    if (tenth <= told) return;
    told = tenth;
    report(`${tenth * 10} % of ${total} bytes`);
  };
}
