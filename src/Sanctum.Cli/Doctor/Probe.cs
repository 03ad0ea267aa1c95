namespace Sanctum.Cli.Doctor;

/// <summary>A request by one client of a runtime, as its programs make them.</summary>
/// <param name="Runtime">The runtime.</param>
/// <param name="Client">The library or function, such as <c>fetch</c>.</param>
/// <param name="Arguments">The arguments before the URL. The status, or what went wrong, goes to either output; <see cref="Absent"/> where the client is not installed.</param>
/// <param name="ProxyVariable">The variable that it takes its proxy from, and what is to know about it.</param>
/// <param name="TrustVariable">The variable that it takes its authorities from.</param>
internal sealed record Probe(string Runtime, string Client, IReadOnlyList<string> Arguments, string ProxyVariable, string TrustVariable)
{
    /// <summary>What a probe says whose client is not installed.</summary>
    public const string Absent = "(absent)";

    private const string Https = "HTTPS_PROXY";
    private const string CertFile = "SSL_CERT_FILE";

    /// <summary>All of them.</summary>
    public static readonly IReadOnlyList<Probe> All =
    [
        new("node", "https", ["-e", Node("require('https').get(url, {timeout: 10000}, r => say(r.statusCode)).on('error', e => say(e.code || e.message))")], NodeProxy, "NODE_EXTRA_CA_CERTS"),
        new("node", "fetch", ["-e", Node("typeof fetch === 'undefined' ? say('(absent)') : fetch(url).then(r => say(r.status), e => say(e.cause && e.cause.code || e.message))")], NodeProxy, "NODE_EXTRA_CA_CERTS"),
        new("deno", "fetch", ["eval", "try { console.log((await fetch(Deno.args[0])).status) } catch (e) { console.log(e.message) }"], Https, "DENO_CERT"),
        new("bun", "fetch", ["-e", "fetch(process.argv[1]).then(r => console.log(r.status), e => console.log(e.code || e.message))"], Https, "NODE_EXTRA_CA_CERTS"),
        new("python", "urllib", ["-c", Python("import urllib.request, urllib.error", "urllib.request.urlopen(url, timeout=10).status", "urllib.error.HTTPError", "e.code")], Https, CertFile),
        new("python", "requests", ["-c", Python("import requests", "requests.get(url, timeout=10).status_code")], Https, "REQUESTS_CA_BUNDLE"),
        new("python", "httpx", ["-c", Python("import httpx", "httpx.get(url, timeout=10).status_code")], Https, CertFile),
        new("python", "aiohttp", ["-c", Python("import aiohttp, asyncio", "asyncio.run(ask())", prepare: Aiohttp)], $"{Https}, unless its session has trust_env=True", CertFile),
        new("ruby", "net/http", ["-rnet/http", "-e", "begin; puts Net::HTTP.get_response(URI(ARGV[0])).code; rescue => e; puts e.message; end"], Https, CertFile),
        new("curl", "curl", ["-sS", "-m", "10", "-o", "/dev/null", "-w", "%{http_code}"], Https, "CURL_CA_BUNDLE"),
        new("wget", "wget", ["-q", "-S", "-t", "1", "-T", "10", "-O", "/dev/null"], "https_proxy", "WGETRC"),
        new("git", "git", ["ls-remote"], Https, "GIT_SSL_CAINFO"),
    ];

    private const string NodeProxy = "HTTPS_PROXY; Node.js looks at it from 22.21 and 24.5 on";

    private const string Aiohttp = """
        async def ask():
            async with aiohttp.ClientSession() as s, s.get(url, timeout=aiohttp.ClientTimeout(10)) as r:
                return r.status
        """;

    /// <summary>The runtimes that are known.</summary>
    public static IEnumerable<string> Runtimes => All.Select(probe => probe.Runtime).Distinct(StringComparer.Ordinal);

    private static string Node(string request) => $"const url = process.argv[1], say = it => {{ console.log(it); process.exit() }}; {request}";

    private static string Python(string import, string request, string status = "ZeroDivisionError", string value = "0", string prepare = "") => $"""
        import sys
        url = sys.argv[1]
        try:
            {import}
        except ImportError:
            sys.exit("{Absent}")
        {prepare}
        try:
            print({request})
        except {status} as e:
            print({value})
        except Exception as e:
            print(e)
        """;
}
