// The dialog for credentials, on a server that verifies signatures.

import * as session from "../session.js";
import { h } from "../dom.js";
import { dialog } from "../parts/dialog.js";
import { field } from "../parts/form.js";

/** Ask, because a request was refused. `then` is called when there are new ones, `after` in any case. */
export function askForCredentials(refused, then, after) {
  const key = h("input", { type: "text", required: true, autocomplete: "username" });
  const secret = h("input", { type: "password", required: true, autocomplete: "current-password" });
  const token = h("input", { type: "text", autocomplete: "off", placeholder: "only for temporary keys" });
  const lead = h(
    "p",
    { class: "lead" },
    "This server verifies signatures. Requests are signed in this tab; the secret does not leave it, and is forgotten with it.",
  );
  const form = dialog({
    title: "Sign in",
    action: "Sign in",
    body: [lead, field("Access key", key), field("Secret key", secret), field("Session token", token)],
    done: () => {
      session.signIn(key.value, secret.value, token.value);
      then();
    },
  });
  form.box.addEventListener("close", after);
  if (session.credentials().secretAccessKey) form.fail(refused); // what was given before is not right
  key.value = session.credentials().secretAccessKey ? session.credentials().accessKeyId : "";
  key.focus();
}
