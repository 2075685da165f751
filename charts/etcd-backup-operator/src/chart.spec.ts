import { describeSources } from '@stateful/charts/testing';
import { chart } from './chart.ts';

describeSources(chart);
