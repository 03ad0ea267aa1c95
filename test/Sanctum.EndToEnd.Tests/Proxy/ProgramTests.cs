using Sanctum.Upstream;

namespace Sanctum.EndToEnd.Tests.Proxy;

/// <summary>Programs that know nothing of the vault reach the service with a secret that they never see.</summary>
[Collection(nameof(ProxyVault))]
public sealed class ProgramTests(ProxyVault vault)
{
    [Theory]
    [InlineData("--http1.1", "1.1")]
    [InlineData("--http2", "2")]
    public async Task Curl_sends_a_request_with_the_secret_and_does_not_see_it(string version, string spoken)
    {
        var path = $"/echo/headers?curl={spoken}";
        var (exitCode, output) = await vault.RunAsync("curl", ["-sS", version, "-w", "\n%{http_version} %{http_code} %{ssl_verify_result}", vault.Origin + path]);
        Assert.True(exitCode == 0, output);
        Assert.EndsWith($"\n{spoken} 200 0", output, StringComparison.Ordinal);
        RequireSecretSent(path, output);
    }

    [Fact]
    public async Task Curl_streams_a_large_body_up_and_down()
    {
        var file = Path.Join(vault.Home.Directory, "upload");
        await File.WriteAllBytesAsync(file, Filler.Text(8 * 1024 * 1024));
        var back = Path.Join(vault.Home.Directory, "download");
        var (exitCode, output) = await vault.RunAsync("curl", ["-sS", "-T", file, "-o", back, "-X", "POST", "-H", "Content-Type: text/plain", vault.Origin + "/echo/body"]);
        Assert.True(exitCode == 0, output);
        Assert.Equal(await File.ReadAllBytesAsync(file), await File.ReadAllBytesAsync(back));
    }

    [Fact]
    public async Task Curl_with_a_wrong_token_is_refused()
    {
        var (_, output) = await vault.RunAsync("curl", ["-sS", "--proxy", $"http://run:made-up@{vault.Proxy}", "-o", "/dev/null", "-w", "%{http_connect}", vault.Origin + "/ok/wrong"]);
        Assert.StartsWith("407", output, StringComparison.Ordinal);
        Assert.DoesNotContain(vault.Service.Requests, request => request.Target == "/ok/wrong");
    }

    [Fact]
    public async Task Curl_reaches_no_host_that_nobody_granted()
    {
        var (_, output) = await vault.RunAsync("curl", ["-sS", "-o", "/dev/null", "-w", "%{http_connect}", "https://elsewhere.example/"]);
        Assert.StartsWith("403", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task OpenSSL_verifies_the_certificate_and_has_HTTP_inside()
    {
        var address = new Uri(vault.Origin).Authority;
        var (_, output) = await vault.RunAsync(
            "openssl",
            ["s_client", "-proxy", vault.Proxy.ToString(), "-proxy_user", "run", "-proxy_pass", $"pass:{vault.Token}", "-connect", address, "-servername", "localhost",
                "-verify_hostname", "localhost", "-verify_return_error", "-CAfile", vault.AuthorityFile, "-ign_eof"],
            $"GET /echo/headers?openssl HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n");
        Assert.Contains("Verify return code: 0 (ok)", output, StringComparison.Ordinal);
        RequireSecretSent("/echo/headers?openssl", output);
    }

    [Fact]
    public async Task OpenSSL_with_a_name_longer_than_any_host_gets_its_refusal_and_the_next_client_is_served()
    {
        var address = new Uri(vault.Origin).Authority;
        foreach (var name in (string[])["elsewhere.example", "_", "a..b", "xn--", new string('a', 200), "*.localhost", "localhost."])
        {
            var (_, output) = await vault.RunAsync(
                "openssl",
                ["s_client", "-proxy", vault.Proxy.ToString(), "-proxy_user", "run", "-proxy_pass", $"pass:{vault.Token}", "-connect", address, "-servername", name, "-ign_eof"],
                $"GET /echo/headers?odd HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n");
            Assert.DoesNotContain("200 OK", output, StringComparison.Ordinal);
        }

        Assert.DoesNotContain(vault.Service.Requests, request => request.Target == "/echo/headers?odd");
        Assert.Equal(0, (await vault.RunAsync("curl", ["-sS", vault.Origin + "/ok/after-odd-names"])).ExitCode);
    }

    [Fact]
    public async Task Pythons_urllib_sends_a_request_with_the_secret()
    {
        const string program = """
            import sys, urllib.request
            print(urllib.request.urlopen(sys.argv[1]).read().decode())
            """;
        var (exitCode, output) = await vault.RunAsync("python3", ["-c", program, vault.Origin + "/echo/headers?python"]);
        Assert.True(exitCode == 0, output);
        RequireSecretSent("/echo/headers?python", output);
    }

    [Fact]
    public async Task Node_sends_a_request_with_the_secret_through_a_tunnel()
    {
        const string program = """
            const http = require('http'), tls = require('tls'), fs = require('fs');
            const proxy = new URL(process.env.HTTPS_PROXY), target = new URL(process.argv[1]);
            http.request({ host: proxy.hostname, port: proxy.port, method: 'CONNECT', path: target.host,
              headers: { 'Proxy-Authorization': 'Basic ' + Buffer.from(proxy.username + ':' + proxy.password).toString('base64') } })
              .on('connect', (response, socket) => {
                const secure = tls.connect({ socket, servername: target.hostname }, () => {
                  require('https').get(target, { createConnection: () => secure }, answer => answer.pipe(process.stdout));
                });
              }).end();
            """;
        var (exitCode, output) = await vault.RunAsync("node", ["-e", program, vault.Origin + "/echo/headers?node"]);
        Assert.True(exitCode == 0, output);
        RequireSecretSent("/echo/headers?node", output);
    }

    [Fact]
    public async Task Wget_sends_a_request_with_the_secret()
    {
        var (exitCode, output) = await vault.RunAsync("wget", ["-q", "-O", "-", $"--ca-certificate={vault.AuthorityFile}", vault.Origin + "/echo/headers?wget"]);
        Assert.True(exitCode == 0, output);
        RequireSecretSent("/echo/headers?wget", output);
    }

    [Fact]
    public async Task Git_is_asked_for_the_token_on_its_connection_and_reaches_the_host()
    {
        // The service has no repository: what counts is that git's request came.
        var (_, output) = await vault.RunAsync("git", ["ls-remote", vault.Origin + "/ok/repository.git"]);
        Assert.True(vault.Service.Requests.Any(request => request.Target == "/ok/repository.git/info/refs?service=git-upload-pack"), output);
    }

    private void RequireSecretSent(string path, string output)
    {
        var request = Assert.Single(vault.Service.Requests, request => request.Target == path);
        Assert.Equal($"Bearer {ProxyVault.Secret}", request["Authorization"]);
        Assert.DoesNotContain(ProxyVault.Secret, output, StringComparison.Ordinal);
        Assert.Contains("REDACTED", output, StringComparison.Ordinal);
    }
}
