const label = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/;
const subdomain = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/;
const qualified = /^([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]$/;

const atMost = (length: number, form: RegExp) => (text: string) => text.length <= length && form.test(text);

/** Formats that CEL's `format` library knows by name, each a check of a text. */
export const namedFormats: Readonly<Record<string, (text: string) => boolean>> = {
  dns1123Label: atMost(63, label),
  dns1123Subdomain: atMost(253, subdomain),
  dns1035Label: atMost(63, /^[a-z]([-a-z0-9]*[a-z0-9])?$/),
  qualifiedName(text) {
    const parts = text.split('/');
    const name = parts.pop()!;
    const prefix = parts[0];
    return (
      parts.length <= 1 &&
      atMost(63, qualified)(name) &&
      (prefix === undefined || atMost(253, subdomain)(prefix))
    );
  },
  dns1123LabelPrefix: atMost(63, /^[a-z0-9]([-a-z0-9]*[a-z0-9])?-?$/),
  dns1123SubdomainPrefix: atMost(
    253,
    /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*[-.]?$/,
  ),
  labelValue: atMost(63, /^(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?$/),
  uri: (text) => URL.canParse(text),
  uuid: (text) => /^[0-9a-f]{8}-?([0-9a-f]{4}-?){3}[0-9a-f]{12}$/i.test(text),
  byte: (text) => /^[A-Za-z0-9+/]*={0,2}$/.test(text) && text.length % 4 === 0,
  date: (text) => /^\d{4}-\d{2}-\d{2}$/.test(text) && !Number.isNaN(Date.parse(text)),
  datetime: (text) => /^\d{4}-\d{2}-\d{2}T/i.test(text) && !Number.isNaN(Date.parse(text)),
};
