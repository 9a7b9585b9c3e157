/** What several views are made of. */
import { CommonComponents } from '@kinvolk/headlamp-plugin/lib';
import type { ReactNode } from 'react';
import { useParams } from 'react-router-dom';
import type { Condition } from '../../../src/apis/kubedirector/types.ts';
import { age, conditionWord, type StateWord, type Tone } from '../../../src/page/words.ts';
import { plainLines } from '../../../src/view/plain-text.ts';

const { Link, SectionBox, SimpleTable, StatusLabel } = CommonComponents;
const statuses: Readonly<Record<Tone, 'success' | 'warning' | 'error' | ''>> = {
  good: 'success',
  busy: 'warning',
  bad: 'error',
  still: '',
};

/** A state in its colour. */
export function State({ word }: { readonly word: StateWord }): ReactNode {
  return <StatusLabel status={statuses[word.tone]}>{word.text}</StatusLabel>;
}

interface Named {
  getName(): string;
  getNamespace(): string | undefined;
  readonly cluster: string;
}

/** The column with the names, which lead to the details. */
export const nameColumn = (routeName: string) => ({
  id: 'name',
  label: 'Name',
  getValue: (item: Named) => item.getName(),
  render: (item: Named) => {
    const params = { namespace: item.getNamespace() ?? '', name: item.getName() };
    return (
      <Link routeName={routeName} params={params} activeCluster={item.cluster}>
        {item.getName()}
      </Link>
    );
  },
});

/** A link to the details of an object of the group. */
export function To({
  route,
  namespace,
  name,
}: {
  readonly route: string;
  readonly namespace: string;
  readonly name: string;
}): ReactNode {
  return (
    <Link routeName={route} params={{ namespace, name }}>
      {name}
    </Link>
  );
}

/** What the address of the details names. */
export function useNamed(): { readonly namespace: string; readonly name: string } {
  const { namespace = '', name = '' } = useParams<{ namespace?: string; name?: string }>();
  return { namespace, name };
}

/** A table with a title. */
export function Section<Row extends object>(props: {
  readonly title: string;
  readonly rows: readonly Row[];
  readonly empty: string;
  readonly columns: readonly { readonly label: string; readonly getter: (row: Row) => ReactNode }[];
}): ReactNode {
  return (
    <SectionBox title={props.title}>
      <SimpleTable columns={[...props.columns]} data={[...props.rows]} emptyMessage={props.empty} />
    </SectionBox>
  );
}

/** Conditions as sentences. */
export function Conditions({ conditions }: { readonly conditions: readonly Condition[] | undefined }): ReactNode {
  return (
    <Section
      title="Conditions"
      rows={conditions ?? []}
      empty="The controller has not looked at this yet."
      columns={[
        { label: 'Type', getter: ({ type }) => plainLines(type) },
        { label: 'What it says', getter: (condition) => <State word={conditionWord(condition)} /> },
        { label: 'Since', getter: ({ lastTransitionTime }) => age(lastTransitionTime, Date.now()) },
      ]}
    />
  );
}
