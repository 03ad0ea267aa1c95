using System.Text.Json.Nodes;

namespace Sanctum.EndToEnd.Tests.Proxy;

/// <summary>A program that is given another base URL, and the session token for its key, needs nothing else.</summary>
[Collection(nameof(ProxyVault))]
public sealed class BaseUrlProgramTests(ProxyVault vault)
{
    [Theory]
    [InlineData("Authorization: Bearer ")]
    [InlineData("X-Api-Key: ")]
    public async Task Curl_sends_a_request_by_a_base_URL_and_does_not_see_the_secret(string header)
    {
        using var agent = await vault.SignInAsync(ProxyVault.Agent);
        var handle = await agent.DoAsync("crp/use", new JsonObject { ["service"] = ProxyVault.Key });
        var (token, host) = ((string)handle["session_token"]!, new Uri(vault.Origin).Authority);
        var path = $"/echo/headers?base={header[0]}%2F";
        var (exitCode, output) = await vault.RunAsync("curl", ["-sS", "--noproxy", "*", "-w", "\n%{http_code}", "-H", header + token, (string)handle["proxyBaseUrls"]![host]! + path]);
        Assert.True(exitCode == 0, output);
        Assert.EndsWith("\n200", output, StringComparison.Ordinal);
        Assert.DoesNotContain(ProxyVault.Secret, output, StringComparison.Ordinal);
        var sent = Assert.Single(vault.Service.Requests, request => request.Target == path);
        Assert.Equal($"Bearer {ProxyVault.Secret}", sent["Authorization"]);
        Assert.DoesNotContain(sent.Headers, it => it.Value.Contains(token, StringComparison.Ordinal));
    }

    [Fact]
    public async Task Curl_over_the_socket_needs_the_token_too()
    {
        using var agent = await vault.SignInAsync(ProxyVault.Agent);
        var handle = await agent.DoAsync("crp/use", new JsonObject { ["service"] = ProxyVault.Key });
        var url = $"http://localhost{new Uri((string)handle["proxyBaseUrls"]![new Uri(vault.Origin).Authority]!).AbsolutePath}/ok/socket";
        string[] arguments = ["-sS", "--noproxy", "*", "--unix-socket", (string)handle["proxySocket"]!, "-o", "/dev/null", "-w", "%{http_code}", url];
        Assert.Equal("401", (await vault.RunAsync("curl", arguments)).Output);
        Assert.Equal("200", (await vault.RunAsync("curl", [.. arguments, "-u", $"any:{(string)handle["session_token"]!}"])).Output);
    }
}
