import { execFileSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";

/** PEM files of a private authority and of a server on the loopback interface that it vouches for. */
export interface Certificates {
  readonly authority: string;
  readonly certificate: string;
  readonly key: string;
}

/** Makes them with openssl, valid for a day. */
export function makeCertificates(folder: string): Certificates {
  const path = (name: string): string => join(folder, name);
  const openssl = (...parameters: string[]): void => {
    execFileSync("openssl", parameters, { cwd: folder, stdio: ["ignore", "ignore", "pipe"] });
  };
  const curve = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"];
  openssl(
    ...["req", "-x509", ...curve, "-days", "1", "-subj", "/CN=Smoke Authority"],
    ...["-addext", "basicConstraints=critical,CA:TRUE", "-addext", "keyUsage=critical,keyCertSign"],
    ...["-keyout", "authority.key", "-out", "authority.pem"],
  );
  openssl("req", ...curve, "-subj", "/CN=localhost", "-keyout", "server.key", "-out", "server.csr");
  writeFileSync(
    path("server.ext"),
    "basicConstraints=CA:FALSE\nsubjectAltName=DNS:localhost,IP:127.0.0.1\nextendedKeyUsage=serverAuth\n",
  );
  openssl(
    ...["x509", "-req", "-in", "server.csr", "-days", "1", "-extfile", "server.ext"],
    ...["-CA", "authority.pem", "-CAkey", "authority.key", "-CAcreateserial", "-out", "server.pem"],
  );
  return { authority: path("authority.pem"), certificate: path("server.pem"), key: path("server.key") };
}
