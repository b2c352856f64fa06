// An item as text, to be changed or made: plain JSON or DynamoDB JSON, whichever one likes.

import { call } from "../api.js";
import { beyondPlain, fromPlain, fromTyped, plainItem, typedItem } from "../attribute.js";
import { h, put } from "../dom.js";
import { dialog } from "../parts/dialog.js";
import { segments } from "../parts/form.js";
import { toast } from "../parts/toast.js";

const FORMATS = {
  plain: { write: plainItem, read: fromPlain },
  typed: { write: typedItem, read: fromTyped },
};

/** Open the editor. An item without attributes is a new one. `then` is called when
 *  something was written. */
export function edit(table, keys, item, then) {
  const isNew = Object.keys(item).length === 0;
  const start = isNew
    ? Object.fromEntries(keys.map(({ name, type }) => [name, { [type]: type === "N" ? "0" : "" }]))
    : item;
  let format = localStorage.getItem("format") ?? "plain";
  let known = start; // the item as last understood, for the types that plain JSON cannot say
  const text = h("textarea", {
    "aria-label": "Item",
    rows: "18",
    spellcheck: "false",
    value: FORMATS[format].write(start),
    on: { keydown },
  });
  const hint = h("p", { class: "soft" });
  const formats = segments(
    "Format",
    [
      ["plain", "Plain JSON"],
      ["typed", "DynamoDB JSON"],
    ],
    format,
    change,
  );
  const remove = h("button", { type: "button", class: "danger", on: { click: askToDelete } }, "Delete");
  const form = dialog({
    title: isNew ? `New item in ${table.TableName}` : `Item of ${table.TableName}`,
    action: isNew ? "Create" : "Save",
    wide: true,
    body: [h("div", { class: "row" }, formats, hint), text],
    extra: isNew ? [] : [remove],
    done: save,
  });
  explain();
  text.focus();

  function change(wanted) {
    try {
      known = FORMATS[format].read(text.value, known);
      format = wanted;
      localStorage.setItem("format", wanted);
      text.value = FORMATS[format].write(known);
      text.ariaInvalid = "false";
      explain();
    } catch (error) {
      formats.querySelector(`[value=${format}]`).checked = true;
      text.ariaInvalid = "true";
      form.fail(error);
    }
  }

  function explain() {
    const names = format === "plain" ? beyondPlain(known) : [];
    put(hint, names.length > 0 && `Sets and binary keep their type: ${names.join(", ")}`);
  }

  async function save() {
    const written = FORMATS[format].read(text.value, known);
    const moved =
      isNew || keys.some(({ name }) => JSON.stringify(written[name]) !== JSON.stringify(item[name]));
    const request = { TableName: table.TableName, Item: written };
    if (moved) {
      // Nobody who changes a key means to replace the item that has the other one.
      request.ConditionExpression = "attribute_not_exists(#key)";
      request.ExpressionAttributeNames = { "#key": keys[0].name };
    }
    await call("PutItem", request);
    toast(
      isNew
        ? "The item was created."
        : moved
          ? "A new item was created: its key is another."
          : "The item was saved.",
    );
    then();
  }

  function askToDelete() {
    const key = Object.fromEntries(keys.map(({ name }) => [name, item[name]]));
    dialog({
      title: "Delete this item?",
      body: h("pre", {}, plainItem(key)),
      action: "Delete",
      danger: true,
      done: async () => {
        await call("DeleteItem", { TableName: table.TableName, Key: key });
        form.box.close();
        toast("The item was deleted.");
        then();
      },
    });
  }

  function keydown(event) {
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) form.submit();
  }
}
