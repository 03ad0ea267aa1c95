namespace Sanctum.Cli.Runs;

/// <summary>What a variable is set to.</summary>
internal enum RunValue
{
    /// <summary>The proxy's URL, with its token.</summary>
    Proxy,

    /// <summary>What goes past the proxy: this machine.</summary>
    NoProxy,

    /// <summary>The file with all certificates.</summary>
    Bundle,

    /// <summary>The file with those that Node.js adds to its own.</summary>
    Extra,

    /// <summary>The file of wget.</summary>
    Wget,

    /// <summary>Options for Java, after those that are there.</summary>
    Java,

    /// <summary><c>1</c>.</summary>
    On,

    /// <summary><c>basic</c>.</summary>
    Basic,
}

/// <summary>A variable that a run sets, for programs that look at it.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Value">What it is set to.</param>
/// <param name="For">The programs and libraries.</param>
internal sealed record RunVariable(string Name, RunValue Value, string For)
{
    /// <summary>All of them. The proxy's have two spellings, because some programs look at one and some at the other.</summary>
    public static readonly IReadOnlyList<RunVariable> All =
    [
        new("HTTPS_PROXY", RunValue.Proxy, "most programs"),
        new("https_proxy", RunValue.Proxy, "most programs"),
        new("HTTP_PROXY", RunValue.Proxy, "most programs"),
        new("http_proxy", RunValue.Proxy, "curl, wget, Python"),
        new("ALL_PROXY", RunValue.Proxy, "curl, httpx"),
        new("all_proxy", RunValue.Proxy, "curl"),
        new("grpc_proxy", RunValue.Proxy, "gRPC's C core"),
        new("NO_PROXY", RunValue.NoProxy, "most programs"),
        new("no_proxy", RunValue.NoProxy, "most programs"),
        new("NODE_USE_ENV_PROXY", RunValue.On, "Node.js 22.21 and 24.5 or later"),
        new("NODE_EXTRA_CA_CERTS", RunValue.Extra, "Node.js"),
        new("SSL_CERT_FILE", RunValue.Bundle, "OpenSSL, Go, Python, Ruby, .NET"),
        new("REQUESTS_CA_BUNDLE", RunValue.Bundle, "Python's requests"),
        new("CURL_CA_BUNDLE", RunValue.Bundle, "curl"),
        new("GIT_SSL_CAINFO", RunValue.Bundle, "git"),
        new("GIT_HTTP_PROXY_AUTHMETHOD", RunValue.Basic, "git"),
        new("CARGO_HTTP_CAINFO", RunValue.Bundle, "Cargo"),
        new("DENO_CERT", RunValue.Bundle, "Deno"),
        new("PIP_CERT", RunValue.Bundle, "pip"),
        new("npm_config_cafile", RunValue.Bundle, "npm"),
        new("AWS_CA_BUNDLE", RunValue.Bundle, "AWS's command line and SDKs"),
        new("GRPC_DEFAULT_SSL_ROOTS_FILE_PATH", RunValue.Bundle, "gRPC's C core"),
        new("CODEX_CA_CERTIFICATE", RunValue.Bundle, "Codex"),
        new("WGETRC", RunValue.Wget, "wget"),
        new("JAVA_TOOL_OPTIONS", RunValue.Java, "Java"),
    ];

    /// <summary>Proxies that are set for other programs' use, in whatever spelling: left there, they would lead past the vault.</summary>
    public static bool IsStaleProxy(string name) => Stale.Contains(name);

    private static readonly HashSet<string> Stale = new(StringComparer.OrdinalIgnoreCase)
    {
        "http_proxy", "https_proxy", "all_proxy", "no_proxy", "ftp_proxy", "ftps_proxy", "rsync_proxy", "socks_proxy", "socks5_proxy", "grpc_proxy", "ws_proxy", "wss_proxy", "no_grpc_proxy",
        "npm_config_proxy", "npm_config_https_proxy", "npm_config_http_proxy", "npm_config_noproxy", "cargo_http_proxy", "pip_proxy", "yarn_http_proxy", "yarn_https_proxy", "bundle_https_proxy",
        "global_agent_http_proxy", "cgi_http_proxy", "git_proxy_command", "docker_http_proxy",
    };
}
