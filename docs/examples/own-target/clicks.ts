// A script of your own: as `k6 run` would run it, with its own options, thresholds and tags.
import { check } from 'k6';
import http from 'k6/http';

export const options = {
  scenarios: {
    clicks: { executor: 'constant-arrival-rate', rate: 50, duration: '10s', preAllocatedVUs: 10 },
  },
  thresholds: { http_req_failed: ['rate<0.01'] },
};

export default function clicks(): void {
  const body = JSON.stringify({ page: `/p/${__ITER % 10}`, at: Date.now() });
  // `name` is what the lab tells APIs apart by
  const response = http.post(`${__ENV.BASE_URL}/clicks`, body, { tags: { name: 'POST /clicks' } });
  check(response, { 'click taken': ({ status }) => status === 202 });
}
