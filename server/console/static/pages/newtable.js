// The dialog that makes a table. Indexes, streams and the rest can be had afterwards, or with boto3.

import { call } from "../api.js";
import { h } from "../dom.js";
import * as route from "../route.js";
import { settled } from "../side.js";
import { code } from "../parts/code.js";
import { dialog } from "../parts/dialog.js";
import { field, select } from "../parts/form.js";
import { boto3Call } from "../boto3.js";

const TYPES = [
  ["S", "String"],
  ["N", "Number"],
  ["B", "Binary"],
];

export function askForTable() {
  const shown = code("boto3");
  const update = () => shown.show(boto3Call("CreateTable", request()));
  const text = (label, required) =>
    h("input", { type: "text", "aria-label": label, required, autocomplete: "off", on: { input: update } });
  const name = text("Name", true);
  const partition = text("Partition key", true);
  const partitionType = select("Type of the partition key", TYPES, "S", update);
  const sort = text("Sort key", false);
  const sortType = select("Type of the sort key", TYPES, "S", update);
  sort.placeholder = "none";
  update();
  dialog({
    title: "New table",
    action: "Create table",
    body: [
      field("Name", name),
      field("Partition key", h("div", { class: "row" }, partition, partitionType)),
      field("Sort key", h("div", { class: "row" }, sort, sortType)),
      shown.panel,
    ],
    done: async () => {
      await call("CreateTable", request());
      await settled(name.value);
      route.go("tables", name.value);
    },
  });
  name.focus();

  function request() {
    const keys = [[partition.value, "HASH", partitionType.value]];
    if (sort.value) keys.push([sort.value, "RANGE", sortType.value]);
    return {
      TableName: name.value,
      KeySchema: keys.map(([AttributeName, KeyType]) => ({ AttributeName, KeyType })),
      AttributeDefinitions: keys.map(([AttributeName, , AttributeType]) => ({
        AttributeName,
        AttributeType,
      })),
      BillingMode: "PAY_PER_REQUEST",
    };
  }
}
