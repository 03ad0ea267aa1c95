using System.Collections.Frozen;

namespace Sanctum.Egress;

/// <summary>
/// Headers by which servers, proxies and frameworks choose what a request is for, or from whom they take it to be. A request that was decided on for one
/// method, host and path is served for another if they come along. Names are as <see cref="HeaderWords.AsVariable"/> reads them.
/// </summary>
internal static class RoutingHeaders
{
    private static readonly FrozenSet<string> Names = FrozenSet.Create(
        StringComparer.Ordinal,

        // Where it goes and how it is framed (RFC 9110, sections 7.2, 7.6.1, 7.8; RFC 9112, sections 6 and 9).
        "connection", "keep-alive", "transfer-encoding", "content-length", "te", "trailer", "upgrade", "expect", "http2-settings", "proxy", "alt-used", "via", "max-forwards",

        // Parts of a response: each could hold half of a secret, and nothing would be found in either.
        "range", "if-range",

        // Another method.
        "x-method", "x-method-override", "method-override", "methodoverride", "x-request-method", "-method", "method", "-httpmethod", "httpmethod",

        // Another path: IIS, ISAPI_Rewrite, Symfony, Zend, Django (SCRIPT_NAME), Rack, Next.js, Vercel, Azure, nginx, lighttpd.
        "request-uri", "x-request-uri", "x-request-url", "uri", "url", "x-uri", "x-url", "base-url", "http-url", "path-info", "x-path-info", "path-translated", "script-name", "x-script-name",
        "x-script-filename", "script-filename", "document-root", "x-matched-path", "x-now-route-matches", "x-nextjs-data", "x-ms-original-url", "x-proxy-url", "x-replaced-path",
        "x-sendfile-type", "x-sendfile", "x-reproxy-url", "x-lighttpd-send-file", "redirect-url", "x-path", "x-request-path", "x-requested-path",
        "x-target-path", "x-api-path", "x-base-path", "x-basepath", "x-prefix", "x-path-prefix", "x-root-path", "x-wap-profile", "x-url-scheme", "x-scheme", "front-end-https",
        "x-context-path", "x-contextpath", "x-rsc-request",

        // Another service or instance behind the same name: AWS API Gateway (private APIs), Dapr, Linkerd 1.
        "x-apigw-api-id", "x-amzn-apigateway-api-id", "dapr-app-id", "dtab-local",

        // From somebody else, or from another address.
        "real-ip", "client-ip", "x-client-ip", "true-client-ip", "x-true-client-ip", "fastly-client-ip", "fly-client-ip",
        "x-cluster-client-ip", "x-originating-ip", "x-proxyuser-ip", "x-azure-clientip", "x-azure-socketip", "x-forward-for", "x-azure-fdid", "x-ssl-cert", "x-anonymous-consumer",
        "x-client-dn", "x-subject-dn", "do-connecting-ip", "incap-client-ip", "x-sucuri-clientip", "akamai-client-ip", "x-akamai-client-ip", "akamai-origin-hop", "x-google-real-ip",
        "ali-cdn-real-ip", "cdn-src-ip", "x-cdn-src-ip", "cf-pseudo-ipv4", "cf-visitor", "cf-ipcountry", "fastly-ff", "fastly-ssl", "x-clientcert",

        // Who single sign-on says that it is: Cloudflare Access, Louketo, Kong and APISIX with OpenID Connect, WSO2, Teleport, Pomerium, SiteMinder, Shibboleth, OpenStack.
        "cf-access-jwt-assertion", "x-auth-username", "x-auth-userid", "x-auth-email", "x-auth-groups", "x-auth-roles", "x-auth-subject", "x-auth-audience", "x-userinfo",
        "x-jwt-assertion", "teleport-jwt-assertion", "x-pomerium-jwt-assertion", "sm-user", "sm-userdn", "sm-universalid", "eppn", "x-identity-status",

        // Whom a service itself lets privileged callers be: Elasticsearch, OpenSearch, GitLab, Redmine, Box, Dropbox.
        "es-security-runas-user", "opendistro-security-impersonate-as", "sudo", "x-redmine-switch-user", "as-user", "dropbox-api-select-user", "dropbox-api-select-admin", "x-on-behalf-of");

    // X-Forwarded-Host, -Uri, -Method, -Prefix, -Path, -Server, -Port ... (Traefik, Rails, Symfony, Django, ASP.NET, Spring, nginx ingress) and their relatives.
    private static readonly string[] Beginnings =
    [
        "x-forwarded", "forwarded", "x-original", "x-rewrite", "x-envoy", "x-http-", "http-", "proxy-", "x-proxy-", "x-accel-", "x-arr-", "x-waws-", "was-", "x-middleware-",
        "x-invoke-", "x-auth-request-", "x-ms-client-principal", "x-upstream", "x-backend", "x-target-u", "x-destination-u", "x-istio-", "x-traefik-",
        "x-real-", "x-route", "x-url-", "x-uri-", "cf-connecting-", "x-vercel-forwarded", "x-vercel-proxied", "x-vercel-ip-", "x-appengine-",

        // Who authenticating proxies say that it is: Kubernetes, Authelia, Grafana, Kong, and proxies that check certificates.
        "x-remote-", "remote-", "impersonate-", "x-webauth-", "x-consumer-id", "x-consumer-username", "x-consumer-custom-id", "x-consumer-groups", "x-authenticated-", "ssl-client-", "x-ssl-client-", "x-client-cert", "x-client-verify", "client-cert",
        "x-tls-client-", "x-mtls-", "cf-client-cert", "cf-cert-",

        // The same by clouds and application servers: Google's Identity-Aware Proxy and Cloud Tasks, AWS load balancers, Azure App Service, IIS before ASP.NET Core,
        // WebLogic, WebSphere ($WSRU), WebSEAL, Oracle Access Manager.
        "x-goog-authenticated-user-", "x-goog-iap-", "x-cloudtasks-", "x-cloudscheduler", "x-amzn-oidc-", "x-amzn-mtls-", "x-ms-token-", "ms-aspnetcore-",
        "wl-proxy-", "-ws", "iv-", "oam-",

        // The same by authenticating proxies: Cloudflare Access, Tailscale, authentik, Pomerium, Vouch, mod_auth_openidc, mod_auth_mellon, Shibboleth, Kong, Sandstorm,
        // Posit's servers, Home Assistant.
        "cf-access-authenticated-", "tailscale-", "x-authentik-", "x-pomerium-claim-", "x-vouch-", "oidc-", "mellon-", "shib-", "x-credential-", "x-sandstorm-", "x-rstudio-", "x-hass-",

        // Another path or instance: Cloud Foundry, Home Assistant and others behind an ingress, Fly, Netlify, Linkerd, Knative.
        "x-cf-", "x-ingress-", "fly-forwarded-", "fly-force-", "fly-prefer-", "fly-replay", "x-nf-", "l5d-", "knative-serving-",
    ];

    private static readonly FrozenSet<string> Words = FrozenSet.Create(StringComparer.Ordinal, "host", "hostname", "vhost", "override", "authority");

    // They name another object of the service, which is read or written as well: WebDAV (RFC 4918, section 10.3), Swift, and the stores' own copies.
    private static readonly FrozenSet<string> OtherPaths = FrozenSet.Create(StringComparer.Ordinal, "destination", "x-copy-from", "x-fresh-metadata", "x-object-manifest", "x-symlink-target");

    private static readonly string[] OtherPathEndings = ["-copy-source", "-rename-source", "-move-source", "-copy-dest", "-rename-target"];

    /// <summary>Whether it is one of them, whatever the request is for.</summary>
    public static bool Contains(string variable) =>
        Names.Contains(variable)
        || HeaderWords.HasWord(variable, Words)
        || Beginnings.Any(beginning => variable.StartsWith(beginning, StringComparison.Ordinal));

    /// <summary>Whether it names another path, so that it is refused where a path is decided on.</summary>
    public static bool NamesOtherPath(string name)
    {
        var variable = HeaderWords.AsVariable(name);
        return OtherPaths.Contains(variable) || OtherPathEndings.Any(ending => variable.EndsWith(ending, StringComparison.Ordinal));
    }
}
