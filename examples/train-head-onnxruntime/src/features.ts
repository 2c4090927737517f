import { InferenceSession, type Tensor } from 'onnxruntime-node';

/** What a model computes on its way. Protobuf readers merge what is appended: here one more output of the graph. */
export async function valueInside(model: Uint8Array, name: string, x: Tensor): Promise<Float32Array> {
  const text = new TextEncoder().encode(name);
  const output = [0x0a, text.length, ...text]; // ValueInfoProto.name
  const graph = [0x62, output.length, ...output]; // GraphProto.output
  const bytes = Buffer.concat([model, Uint8Array.of(0x3a, graph.length, ...graph)]);
  const session = await InferenceSession.create(bytes, { logSeverityLevel: 3 });
  return (await session.run({ x }))[name]?.data as Float32Array;
}
