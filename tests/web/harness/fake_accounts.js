/**
 * The accounts' side of the server inside the page (docs/accounts.md). `options.account`: who the cookie belongs to;
 * `options.providers`; `options.failAccount`: `{"PATCH /api/account": {code}}`. What was asked: `fakeAccounts.asked`.
 */
window.fakeAccounts = (() => {
  const ACCOUNT = { id: "account-0001", name: "Ada Lovelace", guest: false, verified: true, email: "ada@example.org",
    picture: null, has_password: true, providers: [], created_at: 1800000000, fresh: true };
  const STATUS = { "login.wrong": 403, "session.ended": 401, "auth.missing": 401, "login.again": 403, "code.wrong": 403 };
  const CODES = { verify: "good-code", reset: "good-code" };
  const FIREFOX = "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:140.0) Gecko/20100101 Firefox/140.0";
  const PHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 Version/18.0 Safari/604.1";
  let account = null;
  let began = false;
  let tokens = 0;
  let sessions = [
    { id: "here", created_at: 1, used_at: 1_800_000_000, agent: navigator.userAgent, address: "192.0.2.7", current: true },
    { id: "office", created_at: 1, used_at: 1_799_990_000, agent: FIREFOX, address: "198.51.100.20", current: false },
    { id: "phone", created_at: 1, used_at: 1_799_900_000, agent: PHONE, address: "203.0.113.9", current: false },
  ];

  const signedIn = (status = 200) => [status, { token: `token-${(tokens += 1)}`, expires_in: 600, account }];
  const change = (changes) => [200, (account = { ...account, ...changes })];
  const refuse = (code) => [STATUS[code] ?? 400, { code }];

  const answers = {
    "POST /api/session/guest": ({ name }) => ((account = { ...ACCOUNT, id: "guest-0001", name, guest: true, email: null,
      verified: false, has_password: false }), signedIn(201)),
    "POST /api/session": ({ email, password }) =>
      password === "right horse" ? ((account = { ...ACCOUNT, email }), signedIn()) : refuse("login.wrong"),
    "POST /api/session/refresh": () => (account ? signedIn() : refuse("auth.missing")),
    "DELETE /api/session": () => ((account = null), [200, {}]),
    "POST /api/account/sign-up": () => [202, {}],
    "POST /api/account/verify": ({ code }) => (code === CODES.verify ? [200, { email: "ada@example.org" }] : refuse("code.wrong")),
    "POST /api/account/reset": () => [202, {}],
    "POST /api/account/reset/finish": ({ code }) => (code === CODES.reset ? [200, { email: "ada@example.org" }] : refuse("code.wrong")),
    "GET /api/account": () => [200, account],
    "PATCH /api/account": ({ name }) => change({ name }),
    "PUT /api/account/picture": () => change({ picture: "fake" }),
    "DELETE /api/account/picture": () => change({ picture: null }),
    "POST /api/account/password": ({ old }) => (old === "wrong" ? refuse("login.wrong") : change({ has_password: true })),
    "POST /api/account/email": ({ password }) => (password === "wrong" ? refuse("login.wrong") : [202, {}]),
    "GET /api/account/sessions": () => [200, { sessions }],
    "DELETE /api/account/sessions": () => ((sessions = sessions.filter(({ current }) => current)), [200, {}]),
    "POST /api/account/delete": ({ password }) =>
      password === "wrong" ? refuse("login.wrong") : ((account = null), [200, {}]),
  };

  function answer(method, { pathname }, init, options) {
    if (!began) account = options.account ? { ...ACCOUNT, ...options.account } : null;
    began = true;
    if (pathname === "/api/oauth") return [200, { providers: options.providers ?? [] }];
    const [, provider] = pathname.match(/^\/api\/oauth\/(\w+)\/start$/) ?? [];
    if (provider) return [200, { url: `/account/sign-in?oauth=${options.oauth ?? "ok"}` }];
    const key = `${method} ${pathname}`;
    const body = typeof init?.body === "string" ? JSON.parse(init.body) : (init?.body ?? {});
    answer.asked.push({ key, body, bearer: init?.headers?.authorization ?? "" });
    if (options.failAccount?.[key]) return refuse(options.failAccount[key]);
    const [, session] = key.match(/^DELETE \/api\/account\/sessions\/(\w+)$/) ?? [];
    if (session) return (sessions = sessions.filter(({ id }) => id !== session)), [200, {}];
    const [, linked] = key.match(/^DELETE \/api\/account\/providers\/(\w+)$/) ?? [];
    if (linked) return change({ providers: account.providers.filter((one) => one !== linked) });
    return answers[key]?.(body) ?? null;
  }
  answer.asked = [];
  return answer;
})();
