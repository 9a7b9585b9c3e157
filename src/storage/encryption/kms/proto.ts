/**
 * The messages and calls of KMS v2, and what is stored.
 * Source: k8s.io/kms/apis/v2, k8s.io/apiserver/pkg/storage/value/encrypt/envelope/kmsv2/v2
 */
import { field, list, Message, type Decoded } from '../../protobuf/message.ts';

/** A map in protobuf is a list of its entries. */
const annotations = new Message({ key: field(1, 'string'), value: field(2, 'bytes') });

/** What all calls are named by. */
const path = (method: string): string => `/v2.KeyManagementService/${method}`;

/** The calls of a plugin. */
export const kms = {
  status: {
    path: path('Status'),
    request: new Message({}),
    response: new Message({ version: field(1, 'string'), healthz: field(2, 'string'), keyId: field(3, 'string') }),
  },
  encrypt: {
    path: path('Encrypt'),
    request: new Message({ plaintext: field(1, 'bytes'), uid: field(2, 'string') }),
    response: new Message({
      ciphertext: field(1, 'bytes'),
      keyId: field(2, 'string'),
      annotations: list(3, annotations),
    }),
  },
  decrypt: {
    path: path('Decrypt'),
    request: new Message({
      ciphertext: field(1, 'bytes'),
      uid: field(2, 'string'),
      keyId: field(3, 'string'),
      annotations: list(4, annotations),
    }),
    response: new Message({ plaintext: field(1, 'bytes') }),
  },
} as const;

/** A stored value. */
export const encryptedObject = new Message({
  encryptedData: field(1, 'bytes'),
  keyId: field(2, 'string'),
  encryptedDekSource: field(3, 'bytes'),
  annotations: list(4, annotations),
  encryptedDekSourceType: field(5, 'int64'),
});

/** What the plaintext of the DEK source is: the key itself, or a seed from which the key of each value follows. */
export const dekSourceType = { aesGcmKey: 0, seed: 1 } as const;

/** A stored value, as it is read. */
export type EncryptedObject = Decoded<typeof encryptedObject>;
/** What names a data key, and is stored beside every value that it has encrypted. */
export type DekSource = Omit<EncryptedObject, 'encryptedData'>;
