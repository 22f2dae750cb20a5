// Clusters of the mesh's checks, and what their nodes counted.

/** What nobody may be called, and is shown as it is written. */
export const HOSTILE = "<img src=x onerror=alert(1)>";
const SMI = { split: "/apis/split.smi-spec.io/v1alpha4/trafficsplits", target: "/apis/access.smi-spec.io/v1alpha3/traffictargets", group: "/apis/specs.smi-spec.io/v1alpha4/httproutegroups", tcp: "/apis/specs.smi-spec.io/v1alpha4/tcproutes", udp: "/apis/specs.smi-spec.io/v1alpha4/udproutes" };
const CORE = { service: "/api/v1/services", pod: "/api/v1/pods", slice: "/apis/discovery.k8s.io/v1/endpointslices" };
export const SERVICES = CORE.service;

/** A cluster without anything; kinds of SMI are there. */
export const empty = () => Object.fromEntries([...Object.values(CORE), ...Object.values(SMI)].map((path) => [path, []]));

let numbers = 0;
const meta = (name, namespace = "shop", more = {}) => ({ name, namespace, uid: String((numbers += 1)), resourceVersion: "1", ...more });

/** A Service with so many pods, of an account that is called as it is. */
export function service(objects, name, { namespace = "shop", pods = 1, notes = {}, ports = [80], account = name } = {}) {
  const annotations = Object.fromEntries(Object.entries(notes).map(([key, value]) => [`mesh.traefik.io/${key}`, value]));
  objects[CORE.service].push({ metadata: meta(name, namespace, { annotations }), spec: { clusterIP: "10.96.0.9", selector: { app: name }, ports: ports.map((port) => ({ name: `p${port}`, port, targetPort: 8080, protocol: "TCP" })) } });
  const endpoints = [];
  for (let number = 1; number <= pods; number += 1) {
    const ip = address();
    const owner = { apiVersion: "apps/v1", kind: "ReplicaSet", name: `${name}-5d9c`, uid: "1", controller: true };
    objects[CORE.pod].push({ metadata: meta(`${name}-5d9c-${number}`, namespace, { labels: { "pod-template-hash": "5d9c" }, ownerReferences: [owner] }), spec: { serviceAccountName: account, nodeName: `worker-${number}`, containers: [] }, status: { phase: "Running", podIP: ip, podIPs: [{ ip }] } });
    endpoints.push({ addresses: [ip], conditions: { ready: true }, targetRef: { kind: "Pod", name: `${name}-5d9c-${number}`, namespace } });
    ips.set(`${namespace}/${name}`, ip);
  }
  objects[CORE.slice].push({ metadata: meta(`${name}-x`, namespace, { labels: { "kubernetes.io/service-name": name } }), addressType: "IPv4", ports: ports.map((port) => ({ name: `p${port}`, port: 8080 })), endpoints });
}

/** The address of the last pod of a Service. */
const ips = new Map();
let last = 0;
const address = () => {
  last += 1;
  return `10.1.${Math.floor(last / 250)}.${(last % 250) + 1}`;
};

/** A proxy of the mesh. */
function node(objects, name, ip, isReady) {
  objects[CORE.pod].push({ metadata: meta(name, "maesh", { labels: { app: "maesh", component: "maesh-mesh" } }), spec: { containers: [] }, status: { phase: "Running", podIP: ip, podIPs: [{ ip }], containerStatuses: [{ ready: isReady }] } });
}

/** A bit of everything, some of it wrong, some of it hostile. */
export function shop() {
  const objects = empty();
  service(objects, "front", { pods: 2 });
  service(objects, "cart", { pods: 3, notes: { "retry-attempts": "2", "timeout-total": "10s", "retries": HOSTILE }, ports: [80, 8443] });
  service(objects, "cart-v2");
  service(objects, "goods", { pods: 2, notes: { "circuit-breaker-expression": "NetworkErrorRatio() > 0.3" } });
  service(objects, "reviews", { namespace: "people" });
  service(objects, "database", { notes: { "traffic-type": "tcp" }, ports: [5432] });
  service(objects, "broken", { notes: { "traffic-type": HOSTILE } });
  service(objects, "empty", { pods: 0 });
  service(objects, HOSTILE, { pods: 1 });
  objects[SMI.split].push(
    { metadata: meta("cart-canary"), spec: { service: "cart", backends: [{ service: "cart", weight: 90 }, { service: "cart-v2", weight: 10 }] } },
    { metadata: meta("lost"), spec: { service: "goods", backends: [{ service: "nowhere", weight: 1 }], matches: [{ kind: "HTTPRouteGroup", name: "calls" }] } },
  );
  objects[SMI.group].push({ metadata: meta("calls"), spec: { matches: [{ name: "read", pathRegex: `/api/${HOSTILE}`, methods: ["GET", "HEAD"], headers: [{ "user-agent": ".*Firefox.*" }, { authorization: "Bearer opensesame" }] }, { name: "write", pathRegex: "/api/.*", methods: ["POST"] }] } });
  objects[SMI.target].push(
    { metadata: meta("front-to-cart"), spec: { destination: { kind: "ServiceAccount", name: "cart", namespace: "shop" }, sources: [{ kind: "ServiceAccount", name: "front", namespace: "shop" }], rules: [{ kind: "HTTPRouteGroup", name: "calls", matches: ["read"] }] } },
    { metadata: meta("cart-to-goods"), spec: { destination: { kind: "ServiceAccount", name: "goods", namespace: "shop" }, sources: [{ kind: "ServiceAccount", name: "cart", namespace: "shop" }, { kind: "ServiceAccount", name: HOSTILE, namespace: "shop" }], rules: [{ kind: "HTTPRouteGroup", name: "none" }] } },
  );
  // Reports come from this machine.
  node(objects, "traefik-mesh-proxy-a1", "127.0.0.1", true);
  node(objects, "traefik-mesh-proxy-b2", "10.2.0.2", false);
  return objects;
}

/** As many Services as a large cluster has. */
export function crowd(count) {
  const objects = empty();
  for (let number = 0; number < count; number += 1) service(objects, `service-${number}`, { namespace: `team-${number % 40}` });
  node(objects, "traefik-mesh-proxy-a1", "127.0.0.1", true);
  return objects;
}

/** What a node counted between Services: one slice of five seconds. */
export function report(number, flows) {
  const flow = ({ from, to, port = 80, latency = 10, ...more }) => ({ client: ips.get(from) ?? from, service: to, port, server: ips.get(to), latency: [[latency, more.success ?? 0]], ...more });
  return { run: `run${number}`, slices: [{ number, flows: flows.map(flow) }] };
}

/** Traffic of the shop. */
export const PASSED = [
  { from: "shop/front", to: "shop/cart", split: "shop/cart-canary", backend: "shop/cart", success: 880, latency: 8 },
  { from: "shop/front", to: "shop/cart", split: "shop/cart-canary", backend: "shop/cart-v2", success: 110, failure: 10, latency: 14 },
  { from: "shop/front", to: "shop/goods", success: 420, latency: 11 },
  { from: "shop/cart", to: "shop/goods", success: 120, failure: 1, latency: 16 },
  { from: "shop/goods", to: "people/reviews", success: 60, latency: 20 },
  { from: "people/reviews", to: "shop/front", success: 5 },
  { from: "shop/cart", to: "shop/database", port: 5432, protocol: "tcp", success: 33, latency: 0 },
  { from: `shop/${HOSTILE}`, to: "shop/cart", policy: "no TrafficTarget", denied: 70 },
  { from: "shop/front", to: "shop/cart", policy: "TrafficTarget shop/front-to-cart", denied: 3 },
  { from: "203.0.113.9", to: "shop/front", success: 900, latency: 9 },
];
