// What the gateways of the checks are told.

/** The dashboard for everybody, on entry point `traefik`. */
export const OPEN = (ports, file) => `
entryPoints:
  web: {address: '127.0.0.1:${ports.web}'}
  traefik: {address: '127.0.0.1:${ports.traefik}'}
api: {insecure: true, dashboardName: The shop}
ping: {}
log: {level: ERROR}
providers: {providersThrottleDuration: 50ms, file: {filename: '${file}'}}
`;

/** The dashboard below a base path, behind routers of an operator's own. */
export const BASED = (ports, file) => `
entryPoints:
  web: {address: '127.0.0.1:${ports.web}'}
  traefik: {address: '127.0.0.1:${ports.traefik}'}
api: {basePath: /base}
ping: {}
log: {level: ERROR}
providers: {file: {filename: '${file}'}}
`;

/** A bit of everything, some of it wrong. */
export const SHOP = `
http:
  routers:
    shop: {rule: 'Host(\`shop.example.com\`) && PathPrefix(\`/\`)', service: canary, middlewares: [strip, again], entryPoints: [web]}
    blog: {rule: 'Host(\`blog.example.com\`) || Host(\`www.blog.example.com\`)', service: old, entryPoints: [web]}
    assets: {rule: 'HostRegexp(\`^static[0-9]+\\.example\\.com$\`) && Method(\`GET\`)', service: new, priority: 200, entryPoints: [web]}
    secure: {rule: 'Host(\`secure.example.com\`)', service: old, tls: {}, entryPoints: [web]}
    odd: {rule: 'Header(\`X-Odd\`, \`<img src=x onerror=alert(1)>\`)', service: old, entryPoints: [web]}
    lost: {rule: 'Host(\`lost.example.com\`)', service: nowhere, entryPoints: [web, wbe]}
    broken: {rule: 'Host(\`broken.example.com\`', service: old, entryPoints: [web]}
    inside: {rule: 'PathPrefix(\`/inside\`)', service: api@internal, middlewares: [inside], entryPoints: [web]}
    board: {rule: 'Host(\`localhost\`)', service: dashboard@internal, entryPoints: [web]}
    board-api: {rule: 'Host(\`localhost\`) && PathPrefix(\`/base/api\`)', service: api@internal, entryPoints: [web]}
  services:
    canary: {weighted: {services: [{name: old, weight: 9}, {name: new, weight: 1}]}}
    old: {loadBalancer: {servers: [{url: 'http://10.0.3.11:8080'}, {url: 'http://10.0.3.12:8080'}]}}
    new: {loadBalancer: {servers: [{url: 'http://10.0.4.21:8080'}]}}
    empty: {loadBalancer: {servers: []}}
  middlewares:
    strip: {stripPrefix: {prefixes: [/v1]}}
    inside: {stripPrefix: {prefixes: [/inside]}}
    again: {retry: {attempts: 3, initialInterval: 100ms}}
    office: {ipAllowList: {sourceRange: [10.0.0.0/8, 192.168.0.0/16]}}
tcp:
  routers: {postgres: {rule: 'HostSNI(\`db.example.com\`)', service: postgres, tls: {}, entryPoints: [web]}}
  services: {postgres: {loadBalancer: {servers: [{address: '10.0.7.2:5432'}]}}}
`;

/** Servers of which one is checked and gone. */
export const SICK = `
http:
  routers:
    sick: {rule: 'Host(\`sick.example.com\`)', service: main, entryPoints: [web]}
  services:
    main: {failover: {service: sick, fallback: well}}
    sick: {middlewares: [prefix], loadBalancer: {healthCheck: {path: /up, interval: 50ms}, servers: [{url: 'http://127.0.0.1:1'}]}}
    well: {loadBalancer: {servers: [{url: 'http://10.0.3.11:8080'}]}}
  middlewares:
    prefix: {addPrefix: {prefix: /x}}
`;

/** Ten thousand routers. */
export const MANY = `
http:
  routers:
${Array.from({ length: 10_000 }, (_, number) => `    r${number}: {rule: 'Host(\`host-${number}.example.com\`)', service: s${number % 100}, entryPoints: [web]}`).join("\n")}
  services:
${Array.from({ length: 100 }, (_, number) => `    s${number}: {loadBalancer: {servers: [{url: 'http://10.0.0.1:${8000 + number}'}]}}`).join("\n")}
`;
