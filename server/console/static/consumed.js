// What was consumed, minute by minute, as CloudWatch tells it.

import { call } from "./api.js";

/** Points for each metric, `[[seconds, value], …]`, of the minutes from `from` to `to`. A minute without
 *  a point was one without requests, and its sum is 0; an average there is none. */
export async function minutes(metrics, dimensions, from, to, signal) {
  const period = Math.max(60, Math.ceil((to - from) / 60 / 360) * 60);
  const start = Math.floor(from / period) * period;
  const request = {
    StartTime: start,
    EndTime: Math.ceil(to / period) * period,
    ScanBy: "TimestampAscending",
    MetricDataQueries: metrics.map(({ metric, stat = "Sum" }, at) => ({
      Id: `m${at}`,
      MetricStat: {
        Metric: { Namespace: "AWS/DynamoDB", MetricName: metric, Dimensions: dimensions },
        Period: period,
        Stat: stat,
      },
    })),
  };
  const answer = await call("GetMetricData", request, { api: "cloudwatch", signal });
  return answer.MetricDataResults.map((result, at) => {
    const known = new Map(result.Timestamps.map((moment, i) => [Math.round(moment), result.Values[i]]));
    const scale = metrics[at].perSecond ? period : 1;
    const points = [];
    const missing = metrics[at].stat === "Average" ? undefined : 0;
    for (let moment = start; moment < to; moment += period) {
      const value = known.get(moment) ?? missing;
      if (value !== undefined) points.push([moment, value / scale]);
    }
    return points;
  });
}
