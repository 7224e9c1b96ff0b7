// Dashboards of the lab as Grafana's JSON, by Grafana's own builders.
import * as common from '@grafana/grafana-foundation-sdk/common';
import * as dashboard from '@grafana/grafana-foundation-sdk/dashboard';
import * as prometheus from '@grafana/grafana-foundation-sdk/prometheus';
import * as stat from '@grafana/grafana-foundation-sdk/stat';
import * as timeseries from '@grafana/grafana-foundation-sdk/timeseries';
import { type Matcher, matcherLabel, metric } from '../prometheus/catalogue.ts';
import { datasourceUid } from './provisioning.ts';
import { grafanaUnit, legend, panelQuery, variables } from './query.ts';
import type { DashboardSpec, PanelSpec, Thresholds } from './spec.ts';

/** On every dashboard, and what the links between them look for. */
const tag = 'kafka-load-lab';
const datasource = { type: 'prometheus', uid: datasourceUid } as const;

/** The dashboard as provisioned: not editable, the last quarter of an hour, new every ten seconds. */
export function renderDashboard(spec: DashboardSpec): dashboard.Dashboard {
  const builder = new dashboard.DashboardBuilder(spec.title)
    .uid(spec.uid)
    .description(spec.description)
    .tags([tag])
    .readonly()
    .timezone('browser')
    .time({ from: 'now-15m', to: 'now' })
    .refresh('10s')
    .tooltip(dashboard.DashboardCursorSync.Crosshair)
    .link(
      new dashboard.DashboardLinkBuilder('Dashboards of the lab')
        .type(dashboard.DashboardLinkType.Dashboards)
        .tags([tag])
        .asDropdown(true)
        .keepTime(true)
        .includeVars(true),
    );
  for (const matcher of spec.variables) builder.withVariable(variable(matcher));
  let id = 0;
  for (const row of spec.rows) {
    id += 1;
    builder.withRow(new dashboard.RowBuilder(row.title).id(id));
    for (const panel of row.panels) {
      id += 1;
      builder.withPanel(panelBuilder(panel, spec.variables).id(id));
    }
  }
  return builder.build();
}

function variable(matcher: Matcher): dashboard.QueryVariableBuilder {
  const { name, label, from, order, all, regex } = variables[matcher];
  const query = `label_values(${from}, ${matcherLabel[matcher]})`;
  const builder = new dashboard.QueryVariableBuilder(name)
    .label(label)
    .datasource(datasource)
    .query({ qryType: 1, query, refId: 'values' })
    .definition(query)
    .refresh(dashboard.VariableRefresh.OnTimeRangeChanged)
    .sort(order === 'newest' ? dashboard.VariableSort.AlphabeticalDesc : dashboard.VariableSort.AlphabeticalAsc)
    .multi(true);
  if (regex) builder.regex(regex);
  if (all === 'none') return builder;
  builder.includeAll(true).current({ text: 'All', value: '$__all' });
  return all === 'any' ? builder.allValue('.+') : builder;
}

function panelBuilder(spec: PanelSpec, offered: readonly Matcher[]): timeseries.PanelBuilder | stat.PanelBuilder {
  const [first] = spec.metrics;
  if (!first) throw new Error('a panel shows at least one metric');
  const { title, description, unit } = metric(first.id);
  const builder = spec.kind === 'chart' ? chartBuilder(spec) : statBuilder();
  builder
    .title(spec.title ?? title)
    .description(spec.description ?? description)
    .datasource(datasource)
    .unit(grafanaUnit[unit])
    .span(spec.width ?? (spec.kind === 'chart' ? 8 : 4))
    .height(spec.kind === 'chart' ? 8 : 4);
  if (unit !== 'messages/min' && unit !== 'cores') builder.min(0);
  if (spec.thresholds) builder.thresholds(thresholds(spec.thresholds));
  for (const [index, { id, legend: suffix }] of spec.metrics.entries()) {
    builder.withTarget(
      new prometheus.DataqueryBuilder()
        .refId(String.fromCharCode('A'.charCodeAt(0) + index))
        .datasource(datasource)
        .expr(panelQuery(metric(id), offered))
        .legendFormat(legend(metric(id), suffix))
        .editorMode(prometheus.QueryEditorMode.Code)
        .range(),
    );
  }
  return builder;
}

function chartBuilder(spec: PanelSpec): timeseries.PanelBuilder {
  const builder = new timeseries.PanelBuilder()
    .lineWidth(1)
    .fillOpacity(spec.stacked ? 30 : 8)
    .showPoints(common.VisibilityMode.Never)
    .legend(
      new common.VizLegendOptionsBuilder()
        .displayMode(common.LegendDisplayMode.Table)
        .placement(common.LegendPlacement.Bottom)
        .showLegend(true)
        .calcs(['lastNotNull', 'max']),
    )
    .tooltip(
      new common.VizTooltipOptionsBuilder().mode(common.TooltipDisplayMode.Multi).sort(common.SortOrder.Descending),
    );
  if (spec.stacked) builder.stacking(new common.StackingConfigBuilder().mode(common.StackingMode.Normal));
  if (spec.thresholds) {
    builder.thresholdsStyle(
      new common.GraphThresholdsStyleConfigBuilder().mode(common.GraphThresholdsStyleMode.Dashed),
    );
  }
  return builder;
}

function statBuilder(): stat.PanelBuilder {
  return new stat.PanelBuilder()
    .reduceOptions(new common.ReduceDataOptionsBuilder().calcs(['lastNotNull']))
    .graphMode(common.BigValueGraphMode.Area)
    .colorMode(common.BigValueColorMode.Value)
    .textMode(common.BigValueTextMode.Auto);
}

function thresholds({ above, orange, red }: Thresholds): dashboard.ThresholdsConfigBuilder {
  const steps = above
    ? [
        { value: null, color: 'green' },
        { value: orange, color: 'orange' },
        { value: red, color: 'red' },
      ]
    : [
        { value: null, color: 'red' },
        { value: red, color: 'orange' },
        { value: orange, color: 'green' },
      ];
  // one limit, no orange: two steps at one value would be drawn twice
  const distinct = orange === red ? steps.filter(({ color }) => color !== 'orange') : steps;
  return new dashboard.ThresholdsConfigBuilder().mode(dashboard.ThresholdsMode.Absolute).steps(distinct);
}
