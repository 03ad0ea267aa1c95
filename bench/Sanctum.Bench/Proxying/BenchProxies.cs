using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using Sanctum.Agents;
using Sanctum.Client.Keys;
using Sanctum.Credentials;
using Sanctum.Policies;
using Sanctum.Storage.Sqlite;

namespace Sanctum.Bench.Proxying;

/// <summary>A way to the upstream that puts a key in, in a process of its own.</summary>
/// <param name="Name">As the table calls it.</param>
/// <param name="Server">Whose processor time counts.</param>
/// <param name="Origin">Where requests go that are for the upstream's port, by its number in the file of ports.</param>
/// <param name="Proxy">The proxy that they go through; null where they go straight to the origin.</param>
/// <param name="Connect">How the proxy is reached; null for TCP.</param>
/// <param name="Streams">Whether it passes a response on before it has ended.</param>
internal sealed record Way(string Name, ServerProcess Server, Func<int, string> Origin, WebProxy? Proxy = null, Func<CancellationToken, Task<Stream>>? Connect = null, bool Streams = true)
{
    /// <summary>A client that goes this way.</summary>
    public HttpClient Client() => new(new SocketsHttpHandler
    {
        UseCookies = false,
        UseProxy = Proxy is not null,
        Proxy = Proxy,
        ConnectCallback = Connect is null ? null : async (_, token) => await Connect(token),

        // What is measured is the request, and not whether this machine trusts an authority that is a minute old.
        SslOptions = { RemoteCertificateValidationCallback = (_, _, _, _) => true },
    })
    { Timeout = Timeout.InfiniteTimeSpan };
}

/// <summary>Starts the ways that are compared: the vault's proxy, and what people put in front of services otherwise. Those come from Debian's packages.</summary>
internal static class BenchProxies
{
    public const string Secret = "sk-bench-0123456789abcdefghijklmnop";
    /// <summary>How many names the credential is bound to, besides the upstream.</summary>
    public const int Names = 32;

    private const string Credential = "bench/service";

    /// <summary>The vault's proxy, on its Unix socket, for a run of one agent.</summary>
    public static async Task<(Way Way, Socket Agent)> StartVaultAsync(BenchFolder folder, string[] origins)
    {
        var vault = Path.Join(folder.Path, "proxy-vault");
        var passphrase = Path.Join(folder.Path, "proxy-passphrase");
        await File.WriteAllTextAsync(passphrase, "benchmark passphrase");
        var key = AgentKey.Generate();
        await PrepareAsync(vault, key, origins, Path.Join(folder.Path, "ca.pem"));
        var daemon = await ServerProcess.StartSanctumAsync(
            ["daemon", "start", "--foreground", "--vault-path", vault, "--passphrase-file", passphrase], Path.Join(vault, "vault.sock"));
        var agent = await AgentWire.SignInAsync(Path.Join(vault, "vault.sock"), "worker", key);
        var opened = await Load.CallAsync(agent, AgentWire.CallFrame("proxy_open", $$"""{"credentials":["{{Credential}}"]}"""), new byte[64 * 1024]);
        var json = new Utf8JsonReader(opened.AsSpan(4));
        var token = JsonElement.ParseValue(ref json).GetProperty("result").GetProperty("token").GetString()!;
        var proxy = new WebProxy("http://vault.invalid") { Credentials = new NetworkCredential("run", token) };
        return (new Way("vault", daemon, port => origins[port], proxy, token => ConnectAsync(Path.Join(vault, "proxy.sock"), token)), agent);
    }

    /// <summary>nginx as a reverse proxy that sets the header, with connections kept alive on both sides.</summary>
    public static async Task<Way?> StartNginxAsync(BenchFolder folder, string[] origins)
    {
        if (!File.Exists("/usr/sbin/nginx"))
        {
            return null;
        }

        int[] ports = [FreePort(), FreePort()];
        var configuration = Path.Join(folder.Path, "nginx.conf");
        await File.WriteAllTextAsync(configuration, $$"""
            daemon off; master_process off; pid {{folder.Path}}/nginx.pid; error_log stderr;
            events { worker_connections 1024; }
            http {
              access_log off; client_body_temp_path {{folder.Path}}; proxy_temp_path {{folder.Path}}; fastcgi_temp_path {{folder.Path}}; uwsgi_temp_path {{folder.Path}}; scgi_temp_path {{folder.Path}};
              {{string.Concat(ports.Select((port, i) => $$"""
                upstream service{{i}} { server {{new Uri(origins[i]).Authority}}; keepalive 64; }
                server {
                  listen 127.0.0.1:{{port}} ssl http2; ssl_certificate {{folder.Path}}/proxy.pem; ssl_certificate_key {{folder.Path}}/proxy.key; keepalive_requests 1000000;
                  location / { proxy_pass https://service{{i}}; proxy_http_version 1.1; proxy_set_header Connection ""; proxy_set_header Authorization "Bearer {{Secret}}"; proxy_buffering off; }
                }
                """))}}
            }
            """);
        var nginx = await ServerProcess.StartAsync("/usr/sbin/nginx", ["-c", configuration, "-p", folder.Path], Path.Join(folder.Path, "nginx.pid"));
        return new Way("nginx", nginx, port => $"https://127.0.0.1:{ports[port]}");
    }

    /// <summary>mitmproxy as a forward proxy that sets the header.</summary>
    public static async Task<Way?> StartMitmproxyAsync(BenchFolder folder)
    {
        if (!File.Exists("/usr/bin/mitmdump"))
        {
            return null;
        }

        var port = FreePort();
        var mitmproxy = ServerProcess.Start(
            "/usr/bin/mitmdump",
            ["-q", "--listen-host", "127.0.0.1", "--listen-port", $"{port}", "--ssl-insecure", "--set", $"confdir={folder.Path}", "--set", $"modify_headers=/~q/Authorization/Bearer {Secret}"]);
        for (var waited = Stopwatch.StartNew(); !await IsListeningAsync(port); await Task.Delay(100))
        {
            if (waited.Elapsed > TimeSpan.FromSeconds(60))
            {
                throw new InvalidOperationException("mitmdump did not start");
            }
        }

        var origins = await File.ReadAllLinesAsync(Path.Join(folder.Path, "ports"));
        return new Way("mitmproxy", mitmproxy, upstream => $"https://127.0.0.1:{origins[upstream]}", new WebProxy($"http://127.0.0.1:{port}"), Streams: false);
    }

    /// <summary>A name that the credential is bound to, and that nobody has.</summary>
    public static string NameOf(int number) => $"h{number}.bench.example";

    /// <summary>A connection to a Unix socket.</summary>
    public static async Task<Stream> ConnectAsync(string path, CancellationToken cancellationToken)
    {
        var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        await socket.ConnectAsync(new UnixDomainSocketEndPoint(path), cancellationToken);
        return new NetworkStream(socket, ownsSocket: true);
    }

    private static async Task PrepareAsync(string folder, AgentKey key, string[] origins, string authority)
    {
        await using var store = await SqliteVaultStore.CreateAsync(folder);
        var passphrase = Encoding.UTF8.GetBytes("benchmark passphrase");
        await using var vault = await Vault.CreateAsync(store, passphrase);
        var by = await vault.UnsealAsync(passphrase);
        await vault.Agents.RegisterAsync(by, AgentName.Parse("worker"), key.PublicKey);
        await vault.Credentials.StoreAsync(
            by, CredentialPath.Parse(Credential), Encoding.UTF8.GetBytes(Secret), new CredentialOptions { Hosts = [.. Enumerable.Range(0, Names).Select(NameOf)], AllowedOrigins = origins });
        await vault.Policies.AddAsync(by, new Policy { Name = "bench", Principal = "agent:*", Resources = ["bench/*"], Actions = PolicyActions.Use });
        await File.WriteAllTextAsync(Path.Join(folder, "config.json"), $$$"""{"egress":{"requests_per_minute":0,"concurrent_requests":256,"idle_connections":256,"trusted_ca_file":"{{{authority}}}"}}""");
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    private static async Task<bool> IsListeningAsync(int port)
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            await socket.ConnectAsync(IPAddress.Loopback, port);
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }
}
