import { writeChart } from '@stateful/charts';
import { chart } from './chart.ts';

await writeChart(chart);
