export interface ControlData {
  readonly systemIdentifier: string;
  readonly state: string;
  readonly timeline: number;
}

/** Reads what pg_controldata prints (in the C locale). */
export function parseControlData(text: string): ControlData {
  const value = (label: string): string =>
    new RegExp(`^${label}:\\s+(.*)$`, 'm').exec(text)?.[1]?.trim() ?? '';
  const systemIdentifier = value('Database system identifier');
  if (!/^\d+$/.test(systemIdentifier)) throw new Error('pg_controldata printed no system identifier');
  return {
    systemIdentifier,
    state: value('Database cluster state'),
    timeline: Number(value("Latest checkpoint's TimeLineID")),
  };
}
