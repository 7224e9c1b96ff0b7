// What goes through Kafka: three kinds of message as JSON, each with an id of its own and the time it was produced.

export interface Stamp {
  /** unique to the message */
  readonly messageId: string;
  /** microseconds since 1970, when the message was handed to the producer */
  readonly producedAtUs: number;
}

export interface NewOrder {
  readonly customer: string;
  readonly items: readonly { readonly product: string; readonly quantity: number }[];
}

export interface NewPayment {
  readonly orderId: string;
  readonly amountCents: number;
  readonly method: string;
}

export interface OrderMessage extends Stamp, NewOrder {
  readonly orderId: string;
  readonly padding?: string;
}

export interface PaymentMessage extends Stamp, NewPayment {
  readonly padding?: string;
}

/** What the worker says of an order or a payment that it has processed. */
export interface OrderEvent extends Stamp {
  readonly type: 'order-confirmed' | 'payment-settled';
  readonly orderId: string;
  /** the order's or payment's messageId */
  readonly causeId: string;
  /** who processed it */
  readonly worker: string;
}

/** A message on its way to Kafka. Messages with one key go to one partition, in order. */
export interface OutgoingMessage {
  readonly topic: string;
  readonly key: string;
  readonly value: Buffer;
}

/** JSON of a message, padded to at least `minBytes`. */
export function encode(message: OrderMessage | PaymentMessage | OrderEvent, minBytes = 0): Buffer {
  const plain = Buffer.from(JSON.stringify(message));
  if (plain.length >= minBytes) return plain;
  const overhead = ',"padding":""'.length;
  const padding = 'x'.repeat(Math.max(0, minBytes - plain.length - overhead));
  return Buffer.from(JSON.stringify({ ...message, padding }));
}

/** What the worker needs of an order or a payment; undefined when the bytes are neither. */
export function decodeCommand(value: Buffer): (Stamp & { readonly orderId: string }) | undefined {
  const message = parsed(value);
  return message && stamped(message) && typeof message.orderId === 'string'
    ? (message as unknown as Stamp & { readonly orderId: string })
    : undefined;
}

/** An event of the worker; undefined when the bytes are none. */
export function decodeEvent(value: Buffer): OrderEvent | undefined {
  const message = parsed(value);
  const known = message?.type === 'order-confirmed' || message?.type === 'payment-settled';
  return message && known && stamped(message) && typeof message.orderId === 'string'
    ? (message as unknown as OrderEvent)
    : undefined;
}

function parsed(value: Buffer): Readonly<Record<string, unknown>> | undefined {
  try {
    const json: unknown = JSON.parse(value.toString());
    return typeof json === 'object' && json !== null ? (json as Readonly<Record<string, unknown>>) : undefined;
  } catch {
    return undefined;
  }
}

function stamped(message: Readonly<Record<string, unknown>>): boolean {
  return typeof message.messageId === 'string' && Number.isFinite(message.producedAtUs);
}
