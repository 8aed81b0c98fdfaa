// Numbers as people type and read them.

import assert from "node:assert/strict";
import test from "node:test";

import { convert, formatNumber, formatQuantity, formatTime, isSameNumber, parseAs, parseQuantity, refusalOf } from "../../web/editor/units.mjs";

const CONTEXT = { subjectDistance: 2, fps: 16 };

test("a number may have a unit, a decimal comma and any spaces", () => {
  assert.deepEqual(parseQuantity(" 35mm "), { value: 35, unit: "mm" });
  assert.deepEqual(parseQuantity("12°"), { value: 12, unit: "deg" });
  assert.deepEqual(parseQuantity("1,5"), { value: 1.5, unit: null });
  assert.deepEqual(parseQuantity("-.5 SD"), { value: -0.5, unit: "sd" });
  assert.deepEqual(parseQuantity("\u22123e-2 u"), { value: -0.03, unit: "u" });
});

test("what is no number with a known unit is refused, not guessed", () => {
  for (const text of [
    "",
    "abc",
    "1.2.3",
    "5 parsec",
    "1e999",
    "12 3",
    "--1",
    "NaN",
    "Infinity",
    "constructor",
    "1 constructor",
  ]) {
    assert.equal(parseQuantity(text), null, text);
  }
});

test("a typed unit wins over the one on the screen", () => {
  assert.equal(parseAs("0.5 sd", "u", "u", CONTEXT), 1);
  assert.equal(parseAs("1", "sd", "u", CONTEXT), 2);
  assert.equal(parseAs("2 s", "frame", "frame", CONTEXT), 32);
  assert.equal(parseAs("2", "s", "frame", CONTEXT), 32);
  assert.ok(Math.abs(Number(parseAs("18 mm", "deg", "deg", CONTEXT)) - 90) < 1e-12);
  assert.equal(parseAs("5 s", "deg", "deg", CONTEXT), null);
});

test("what is typed in the native unit is kept to the last digit, whatever is shown", () => {
  for (let degrees = 1; degrees <= 170; degrees += 0.5) {
    assert.equal(parseAs(`${degrees}°`, "mm", "deg", CONTEXT), degrees);
    assert.equal(parseAs(`${degrees} u`, "sd", "u", { subjectDistance: 0.7, fps: 16 }), degrees);
  }
});

test("rounding makes no other number, and the last digit on the screen does", () => {
  assert.ok(isSameNumber(60, 59.99999999999999) && isSameNumber(0, -1e-15) && isSameNumber(0.1 + 0.2, 0.3));
  assert.ok(!isSameNumber(60, 60.0001) && !isSameNumber(0, 0.001) && !isSameNumber(1, -1));
});

test("a refused text is told what it may be", () => {
  assert.deepEqual(refusalOf("-20", "mm", "deg", [1, 170]), { range: ["1°", "170°"] });
  assert.deepEqual(refusalOf("0 mm", "deg", "deg", [1, 170]), { range: ["1°", "170°"] });
  assert.deepEqual(refusalOf("wide", "mm", "deg", [1, 170]), { units: ["mm", "°"] });
  assert.deepEqual(refusalOf("5 s", "sd", "u", [-10, 10]), { units: ["u", "sd"] });
  assert.deepEqual(refusalOf("?", "fps", "fps", [1, 240]), { units: ["fps"] });
});

test("there and back through another unit is the same value", () => {
  for (const [from, to] of /** @type {const} */ ([
    ["u", "sd"],
    ["frame", "s"],
    ["deg", "mm"],
  ])) {
    const there = convert(37.5, from, to, CONTEXT);
    assert.ok(Math.abs(Number(convert(Number(there), to, from, CONTEXT)) - 37.5) < 1e-9, `${from} ${to}`);
  }
});

test("a lens of no or negative millimetres has no angle", () => {
  assert.equal(convert(0, "mm", "deg", CONTEXT), null);
  assert.equal(convert(-20, "mm", "deg", CONTEXT), null);
  assert.equal(convert(180, "deg", "mm", CONTEXT), null);
});

test("numbers are shown without trailing zeros and never as -0", () => {
  assert.equal(formatNumber(1.5, 3), "1.5");
  assert.equal(formatNumber(-0.0001, 3), "0");
  assert.equal(formatNumber(100, 0), "100");
  assert.equal(formatQuantity(-15, "deg"), "-15°");
  assert.equal(formatQuantity(35, "mm"), "35 mm");
});

test("times are minutes, seconds and hundredths", () => {
  assert.equal(formatTime(40, 16), "0:02.50");
  assert.equal(formatTime(16 * 61, 16), "1:01.00");
  assert.equal(formatTime(59.999 * 100, 100), "1:00.00"); // carried, not 0:60.00
});
