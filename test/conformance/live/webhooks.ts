/** The answers of the admission webhooks of the scenarios, by the path of the request. */
import type { ReviewAnswer } from '../../support/webhook.ts';

export const webhookAnswers: Readonly<Record<string, () => ReviewAnswer>> = {
  '/allow': () => ({}),
  '/refuse': () => ({ allowed: false }),
  '/refuse-with-message': () => ({ allowed: false, status: { message: 'not on Fridays', code: 403 } }),
  '/refuse-with-status': () => ({
    allowed: false,
    status: {
      ...{ status: 'Failure', message: 'a teapot', reason: 'Teapot', code: 418 },
      details: { causes: [{ field: 'spec.version', message: 'too hot', reason: 'FieldValueInvalid' }] },
    },
  }),
  '/warn': () => ({ warnings: ['this is a "warning"', 'and another'] }),
  '/label': () => ({ patch: [{ op: 'add', path: '/metadata/labels', value: { mutated: 'yes' } }] }),
  '/unfit': () => ({ patch: [{ op: 'replace', path: '/spec/configSchemaVersion', value: 'seven' }] }),
  '/bad-patch': () => ({ patch: [{ op: 'remove', path: '/spec/nothing/here' }] }),
  '/broken': () => ({ raw: { code: 500, body: 'broken' } }),
  '/nonsense': () => ({ raw: { code: 200, body: '{"kind":"AdmissionReview"}' } }),
};
