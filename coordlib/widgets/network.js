// The forward pass of a trained network. Activations are stored pixel by pixel, each with all its
// channels, so that every layer is a matrix product.

// out[p, o] = Σ_c input[p, c] · weight[o, c], four outputs of two pixels at a time: sums stay in
// registers, and each number read is used several times.
function product(input, pixels, channels, weight, outputs) {
  const out = new Float32Array(pixels * outputs);
  for (let p = 0; p < pixels; p += 2) {
    const a = p * channels;
    const b = p + 1 < pixels ? a + channels : a;
    let o = 0;
    for (; o + 3 < outputs; o += 4) {
      const w0 = o * channels;
      const w1 = w0 + channels;
      const w2 = w1 + channels;
      const w3 = w2 + channels;
      let a0 = 0, a1 = 0, a2 = 0, a3 = 0, b0 = 0, b1 = 0, b2 = 0, b3 = 0;
      for (let c = 0; c < channels; c += 1) {
        const u = input[a + c];
        const v = input[b + c];
        const k0 = weight[w0 + c];
        const k1 = weight[w1 + c];
        const k2 = weight[w2 + c];
        const k3 = weight[w3 + c];
        a0 += u * k0; a1 += u * k1; a2 += u * k2; a3 += u * k3;
        b0 += v * k0; b1 += v * k1; b2 += v * k2; b3 += v * k3;
      }
      const at = p * outputs + o;
      out[at] = a0; out[at + 1] = a1; out[at + 2] = a2; out[at + 3] = a3;
      if (b !== a) {
        const next = at + outputs;
        out[next] = b0; out[next + 1] = b1; out[next + 2] = b2; out[next + 3] = b3;
      }
    }
    for (; o < outputs; o += 1) {
      let sumA = 0, sumB = 0;
      for (let c = 0; c < channels; c += 1) {
        sumA += input[a + c] * weight[o * channels + c];
        sumB += input[b + c] * weight[o * channels + c];
      }
      out[p * outputs + o] = sumA;
      if (b !== a) out[(p + 1) * outputs + o] = sumB;
    }
  }
  return out;
}

function addBias(values, bias, relu) {
  for (let start = 0; start < values.length; start += bias.length) {
    for (let c = 0; c < bias.length; c += 1) {
      const value = values[start + c] + bias[c];
      values[start + c] = relu && value < 0 ? 0 : value;
    }
  }
  return values;
}

const COMPUTE = {
  // The same vector at every pixel, plus a map that does not depend on the input.
  position_bias(layer, { values }, weights) {
    const vector = product(values, 1, 2, weights(layer.weight, 2 * layer.out), layer.out);
    const map = weights(layer.bias, layer.size * layer.size * layer.out).slice();
    return { size: layer.size, values: addBias(map, vector, layer.relu) };
  },
  // A 1 × 1 convolution.
  pixelwise(layer, { size, values }, weights) {
    const out = product(values, size * size, layer.in, weights(layer.weight, layer.in * layer.out), layer.out);
    return { size, values: addBias(out, weights(layer.bias, layer.out), layer.relu) };
  },
  // A transposed convolution of stride 2: each pixel adds a small patch to the larger picture.
  doubling(layer, { size, values }, weights) {
    const taps = layer.filter * layer.filter;
    const kernel = weights(layer.weight, taps * layer.in * layer.out);
    const patches = product(values, size * size, layer.in, kernel, taps * layer.out);
    const large = 2 * size;
    const out = new Float32Array(large * large * layer.out);
    let from = 0;
    for (let y = 0; y < size; y += 1) {
      for (let x = 0; x < size; x += 1) {
        for (let tap = 0; tap < taps; tap += 1, from += layer.out) {
          const row = 2 * y + Math.floor(tap / layer.filter) - layer.padding;
          const column = 2 * x + (tap % layer.filter) - layer.padding;
          if (row < 0 || column < 0 || row >= large || column >= large) continue;
          const to = (row * large + column) * layer.out;
          for (let c = 0; c < layer.out; c += 1) out[to + c] += patches[from + c];
        }
      }
    }
    return { size: large, values: addBias(out, weights(layer.bias, layer.out), layer.relu) };
  },
};

// The logits of all pixels, row by row, for the position (x, y).
export function logits([input, ...layers], floats, x, y) {
  const weights = (start, length) => floats.subarray(start, start + length);
  const scaled = [x, y].map((value) => value * input.scale + input.shift);
  let state = { size: 1, values: Float32Array.from(scaled) };
  for (const layer of layers) state = COMPUTE[layer.kind](layer, state, weights);
  return state.values;
}

export function softmax(values) {
  const largest = values.reduce((a, b) => Math.max(a, b), -Infinity);
  const out = values.map((value) => Math.exp(value - largest));
  const sum = out.reduce((a, b) => a + b, 0);
  return out.map((value) => value / sum);
}
