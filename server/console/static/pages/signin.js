// The dialog for credentials, on a server that verifies signatures.

import * as session from "../session.js";
import { h } from "../dom.js";
import { dialog } from "../parts/dialog.js";
import { field } from "../parts/form.js";

export function askForCredentials(then) {
  const key = h("input", { type: "text", required: true, autocomplete: "username" });
  const secret = h("input", { type: "password", required: true, autocomplete: "current-password" });
  const token = h("input", { type: "text", autocomplete: "off", placeholder: "only for temporary keys" });
  const lead = h("p", { class: "lead" }, "This server verifies signatures. Requests are signed in this tab; the secret does not leave it, and is forgotten with it.");
  dialog({
    title: "Sign in",
    action: "Sign in",
    body: [lead, field("Access key", key), field("Secret key", secret), field("Session token", token)],
    done: () => {
      session.signIn(key.value, secret.value, token.value);
      then();
    },
  });
  key.focus();
}
