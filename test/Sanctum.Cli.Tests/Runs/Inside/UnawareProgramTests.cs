using System.Net;
using System.Security.Cryptography;
using Sanctum.Upstream;

namespace Sanctum.Cli.Tests.Runs.Inside;

/// <summary>
/// Programs in a network of their own that know of no proxy, as root and as another user. The service has a name that only the daemon can look up, and the
/// port that https has.
/// </summary>
public sealed class UnawareProgramTests : IAsyncDisposable
{
    private const int OtherUser = 4711;
    private const string Secret = RunVault.Secret;
    private const string Unaware = "unset HTTPS_PROXY https_proxy HTTP_PROXY http_proxy ALL_PROXY all_proxy NODE_USE_ENV_PROXY; ";

    private readonly TestAuthority _authority = new();
    private readonly CliFolder _folder = new();
    private TestUpstream? _service;
    private bool _isOther;

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Their_requests_come_to_the_vault_by_name(bool isOther)
    {
        await StartAsync(isOther);

        var result = await RunAsync(isOther, $"{Unaware} curl -sS -H \"Authorization: Bearer $OPENAI_API_KEY\" https://service.test/echo/headers?unaware; id -u");

        Assert.True(result.ExitCode == 0, result.Errors);
        Assert.Contains("Bearer [REDACTED]", result.Output, StringComparison.Ordinal);
        Assert.EndsWith(isOther ? $"{OtherUser}\n" : "0\n", result.Output, StringComparison.Ordinal);
        Assert.Contains(Assert.Single(_service!.Requests).Headers, it => it.Value == $"Bearer {Secret}");
    }

    [Fact]
    public async Task Node_finds_the_vault_without_any_variable_of_a_proxy()
    {
        await StartAsync(isOther: false);
        Assert.SkipUnless(File.Exists("/usr/bin/node"), "Node.js is not installed");

        var result = await RunAsync(isOther: false, $$"""
            {{Unaware}} node -e "fetch('https://service.test/echo/headers', { headers: { authorization: 'Bearer ' + process.env.OPENAI_API_KEY } }).then(it => it.text()).then(console.log)"
            """);

        Assert.True(result.ExitCode == 0, result.Errors);
        Assert.Contains("Bearer [REDACTED]", result.Output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Nothing_else_is_reached_and_no_name_is_carried_out(bool isOther)
    {
        await StartAsync(isOther);
        var before = _service!.Connections;

        var result = await RunAsync(isOther, $$"""
            {{Unaware}}
            curl -sS https://other.test/ 2>&1 | grep -c 'alert access denied'
            curl -sS http://other.test/ | grep -o '"code":"[A-Z_]*"'
            curl -sS -k -m 10 https://{{Address}}/ 2>/dev/null; echo $?
            curl -sS -k -m 10 https://service.test:8443/ 2>/dev/null; echo $?
            getent ahostsv4 secret-in-a-name.attacker.test | cut -d' ' -f1 | sort -u
            getent ahostsv4 service.only-the-machine-knows | cut -d' ' -f1 | sort -u
            python3 -c 'import socket; s = socket.socket(type=socket.SOCK_DGRAM); s.sendto(b"x", ("192.0.2.1", 53))' 2>&1 | tail -1
            grep CapEff /proc/self/status
            """);

        Assert.True(result.ExitCode == 0, result.Errors);
        Assert.Equal(
            """
            1
            "code":"EGRESS_DENIED"
            35
            7
            127.64.0.3
            127.64.0.4
            OSError: [Errno 101] Network is unreachable
            CapEff:	0000000000000000

            """,
            result.Output);
        Assert.Equal(before, _service.Connections);
        Assert.Contains("other.test", result.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task No_token_is_in_the_environment_or_the_files_of_the_program()
    {
        await StartAsync(isOther: false);

        var result = await RunAsync(isOther: false, """
            env | grep -i proxy | sort; cat /etc/hosts /etc/resolv.conf; ls $(dirname $CURL_CA_BUNDLE)
            curl -sS -H "Authorization: Bearer $OPENAI_API_KEY" https://service.test/echo/headers | grep -c REDACTED
            """);

        Assert.Equal(
            """
            ALL_PROXY=http://127.0.0.1:3128
            GIT_HTTP_PROXY_AUTHMETHOD=basic
            HTTPS_PROXY=http://127.0.0.1:3128
            HTTP_PROXY=http://127.0.0.1:3128
            NODE_USE_ENV_PROXY=1
            NO_PROXY=localhost,127.0.0.1,::1
            all_proxy=http://127.0.0.1:3128
            grpc_proxy=http://127.0.0.1:3128
            http_proxy=http://127.0.0.1:3128
            https_proxy=http://127.0.0.1:3128
            no_proxy=localhost,127.0.0.1,::1
            127.0.0.1 localhost
            ::1 localhost
            nameserver 127.0.0.1
            authority.pem
            bundle.pem
            hosts
            java.p12
            lock
            resolv.conf
            wgetrc
            1

            """,
            string.Join('\n', result.Output.Split('\n').Where(line => !line.StartsWith("JAVA_TOOL_OPTIONS", StringComparison.Ordinal))));
    }

    // An address of loopback for this test alone: others may want the same port.
    private IPAddress Address { get; } = new([127, 99, (byte)RandomNumberGenerator.GetInt32(1, 255), (byte)RandomNumberGenerator.GetInt32(1, 255)]);

    private async Task StartAsync(bool isOther)
    {
        Assert.SkipUnless(Environment.IsPrivilegedProcess, "only root can take the port of https, and be another user");
        Assert.SkipUnless(File.Exists("/usr/bin/bwrap"), "bubblewrap is not installed");
        _isOther = isOther;
        if (isOther)
        {
            File.SetUnixFileMode(_folder.Home, (UnixFileMode)0x1ED); // 0755
            var canRun = await DoAsync(isOther, "--version");
            Assert.SkipUnless(canRun.ExitCode == 0, "another user can't run the executable where it lies");
        }

        _service = await TestUpstream.StartAsync(new UpstreamOptions { Authority = _authority, Names = ["service.test"], At = new IPEndPoint(Address, 443) });
        var authority = Path.Join(_folder.Home, "authority.pem");
        _authority.WriteCaPem(authority);
        var hosts = _folder.Write("machines-hosts", $"127.0.0.1 localhost\n{Address} service.test service.only-the-machine-knows\n");
        await _folder.MakeVaultAsync();
        _folder.Write(".sanctum/config.json", $$"""{ "egress": { "trusted_ca_file": "{{authority}}" } }""");
        if (isOther)
        {
            var owned = await CliProcess.RunAsync(["-R", $"{OtherUser}:{OtherUser}", _folder.Home], _folder.Environment, program: "/bin/chown");
            Assert.Equal(0, owned.ExitCode);
        }

        foreach (var command in (string[])[
            "agent register bot",
            "store openai/api_key --allow-origin https://service.test",
            "policy add p --principal agent:bot --resources openai/* --actions use,list"])
        {
            var done = await DoAsync(isOther, command, Secret);
            Assert.True(done.ExitCode == 0, done.Errors);
        }

        // The machine's hosts file, as the daemon sees it.
        var started = await CliProcess.RunAsync(
            ["--mount", "/bin/sh", "-c", $"mount --bind {hosts} /etc/hosts && exec \"$@\"", "sh", "/usr/bin/env", .. User(isOther), CliProcess.Path, "daemon", "start"], _folder.Environment, program: "/usr/bin/unshare");
        Assert.True(started.ExitCode == 0, started.Errors);
    }

    private Task<CliResult> RunAsync(bool isOther, string script)
    {
        _folder.Environment.Remove("SANCTUM_PASSPHRASE", out var passphrase);
        var running = CliProcess.RunAsync(
            [.. User(isOther), CliProcess.Path, "run", "--agent", "bot", "--isolate", "--service", "openai", "--", "/bin/bash", "-c", script], _folder.Environment, program: "/usr/bin/env");
        _folder.Environment["SANCTUM_PASSPHRASE"] = passphrase!;
        return running;
    }

    private Task<CliResult> DoAsync(bool isOther, string command, string? input = null) =>
        CliProcess.RunAsync([.. User(isOther), CliProcess.Path, .. command.Split(' ')], _folder.Environment, input is null ? null : System.Text.Encoding.UTF8.GetBytes(input), "/usr/bin/env");

    private static string[] User(bool isOther) => isOther ? ["/usr/bin/setpriv", "--reuid", $"{OtherUser}", "--regid", $"{OtherUser}", "--clear-groups"] : [];

    public async ValueTask DisposeAsync()
    {
        if (_isOther)
        {
            await DoAsync(isOther: true, "daemon stop");
        }

        await _folder.DisposeAsync();
        if (_service is not null)
        {
            await _service.DisposeAsync();
        }

        _authority.Dispose();
    }
}
