/**
 * When what was issued must be issued anew, step by step, so that at no moment a replica serves what kube-apiserver
 * does not trust: a CA is in the trust bundle for a day before it issues, and for a day after it has issued last.
 */
import { X509Certificate } from 'node:crypto';
import { parseCertificates, validity, type KeyPair } from '../../pki/key-pair.ts';
import { trustBundle, type Issued } from './issued.ts';
import { covers, namesOf, unite, type ServingNames } from './names.ts';

const hour = 3_600_000;
const day = 24 * hour;
const leafDays = 365;
/** For the word of a CA to get round: to the APIService, to every kube-apiserver, to every replica. */
const overlapMs = day;
/** A CA with less than this left makes room for another: two certificates' lives. */
const authorityRestMs = 2 * leafDays * day;
/** What begins later than this from now was made by a clock that was wrong. */
const skewMs = hour;

interface Situation {
  readonly now: number;
  readonly names: ServingNames;
}

interface Step {
  readonly due: (issued: Issued, situation: Situation) => boolean;
  readonly take: (issued: Issued, situation: Situation) => Promise<Issued>;
}

const timesOf = ({ certificate }: KeyPair) => validity(new X509Certificate(certificate));
const early = (pair: KeyPair, now: number): boolean => timesOf(pair).from - now > skewMs;

/** In this order; the first that is due is taken, then they are asked again. */
const steps: readonly Step[] = [
  {
    // Its CA has run out or nearly so (nobody was there to renew it), or is of a time to come.
    due: ({ signer }, { now }) => timesOf(signer).to - now < 2 * overlapMs || early(signer, now),
    take: (issued, situation) => begin(situation, issued),
  },
  {
    // Its CA nears its end: the next one is made known.
    due: ({ signer, successor }, { now }) => successor === undefined && timesOf(signer).to - now < authorityRestMs,
    take: async (issued, { now }) => ({ ...issued, successor: await newAuthority(now) }),
  },
  {
    // The next CA has been known for long enough: it issues from now on.
    due: ({ successor }, { now }) => successor !== undefined && now - timesOf(successor).from >= overlapMs,
    take: ({ signer, successor = signer, predecessors }, situation) =>
      issue(successor, [signer.certificate, ...predecessors], situation),
  },
  {
    // It nears its own end, or is of a time to come.
    due: ({ leaf }, { now }) => {
      const { from, to } = timesOf(leaf);
      return to - now < (to - from) / 3 || early(leaf, now);
    },
    take: (issued, situation) => renew(issued, situation),
  },
  {
    // It lacks a name. Those it has it keeps: replicas that were told different names must not take turns.
    due: ({ leaf }, { names }) => !covers(new X509Certificate(leaf.certificate), names),
    take: (issued, { now, names }) =>
      renew(issued, { now, names: unite(names, namesOf(new X509Certificate(issued.leaf.certificate))) }),
  },
  {
    // Nobody serves anything of the former CAs any more.
    due: ({ leaf, predecessors }, { now }) => predecessors.length > 0 && now - timesOf(leaf).from >= overlapMs,
    take: (issued) => Promise.resolve({ ...issued, predecessors: [] }),
  },
];

/** The same object where nothing is due. */
export async function renewDue(issued: Issued, names: ServingNames, now: Date): Promise<Issued> {
  const situation = { now: now.getTime(), names };
  for (let current = issued; ;) {
    const step = steps.find(({ due }) => due(current, situation));
    if (step === undefined) return current;
    current = await step.take(current, situation);
  }
}

/**
 * A CA and its first certificate.
 * @param served by this replica until now: its CAs stay trusted for a while
 */
export function issueAnew(names: ServingNames, now: Date, served?: Issued): Promise<Issued> {
  return begin({ now: now.getTime(), names }, served);
}

async function begin(situation: Situation, served?: Issued): Promise<Issued> {
  const former = served === undefined ? [] : parseCertificates(trustBundle(served));
  const living = former.filter((one) => validity(one).to > situation.now).map((one) => one.toString());
  return issue(await newAuthority(situation.now), living, situation);
}

async function newAuthority(now: number): Promise<KeyPair> {
  const { makeAuthority } = await import('../../pki/certificates.ts');
  // A name of its own, so that nobody confuses it with the one before.
  return makeAuthority(`kubedirector-serving-ca@${Math.floor(now / 1000)}`, new Date(now));
}

async function issue(signer: KeyPair, predecessors: readonly string[], { now, names }: Situation): Promise<Issued> {
  const { makeLeaf } = await import('../../pki/certificates.ts');
  const options = { subject: 'CN=kubedirector', usage: 'server', ...names, days: leafDays } as const;
  return { leaf: await makeLeaf(signer, options, new Date(now)), signer, predecessors };
}

async function renew(issued: Issued, situation: Situation): Promise<Issued> {
  return { ...issued, ...(await issue(issued.signer, issued.predecessors, situation)) };
}
