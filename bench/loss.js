// A constant arrival rate against a target that does nothing: what is lost is lost on the way of the samples.
import http from 'k6/http';

export const options = {
  discardResponseBodies: true,
  scenarios: {
    constant: {
      executor: 'constant-arrival-rate',
      rate: Number(__ENV.RATE),
      timeUnit: '1s',
      duration: '6s',
      preAllocatedVUs: 100,
      maxVUs: 300,
    },
  },
};

export default function () {
  http.get(__ENV.URL, { tags: { name: 'trivial' } });
}
