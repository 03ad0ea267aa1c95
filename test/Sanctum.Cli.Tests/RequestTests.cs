using System.Text.Json.Nodes;
using Sanctum.Client;
using Sanctum.Upstream;

namespace Sanctum.Cli.Tests;

/// <summary>The operator's side of requests that agents have sent: binding, simulating, approving.</summary>
public sealed class RequestTests : IAsyncLifetime
{
    private readonly CliFolder _folder = new();

    public async ValueTask InitializeAsync()
    {
        await _folder.MakeVaultAsync();
        await _folder.DoAsync("agent register bot");
    }

    public ValueTask DisposeAsync() => _folder.DisposeAsync();

    [Theory]
    [InlineData("--url https://api.stripe.com/v1/charges", true)]
    [InlineData("--url https://api.stripe.com/v1/charges --method POST", true)]
    [InlineData("--url https://api.stripe.com/v1/charges --operation http_request", true)]
    [InlineData("--url https://api.stripe.com/v1/charges --method DELETE", false)]
    [InlineData("--url https://api.stripe.com/v2/charges", false)]
    [InlineData("--url https://api.example.com/v1/charges", false)]
    [InlineData("--url http://api.stripe.com/v1/charges", false)]
    public async Task A_request_is_simulated_against_policies_and_binding(string request, bool allowed)
    {
        await _folder.DoAsync("store pay/stripe --service stripe", "secret-value");
        await _folder.DoAsync(
            "policy add p --principal agent:bot --resources pay/* --actions use "
            + "--condition allowed_operations=http_request --condition allowed_methods=GET,POST --condition allowed_paths=/v1/*");

        var result = await _folder.RunAsync($"policy simulate --agent bot --resource pay/stripe --action use {request}");

        Assert.Equal(allowed ? (0, "allowed") : (1, "refused: EGRESS_DENIED"), (result.ExitCode, result.Output.Split('\n')[0]));
    }

    [Fact]
    public async Task What_waits_is_shown_as_the_request_that_it_is_and_goes_out_when_it_is_approved()
    {
        await using var upstream = await TestUpstream.StartAsync();
        File.WriteAllText(Path.Join(_folder.Vault, "config.json"), """{ "approval_wait": 0 }""");
        await _folder.DoAsync($"store pay/stripe --allow-origin {upstream.Origin} --header-type scheme:Key --method POST --request-path /v1/*", "secret-value");
        await _folder.DoAsync("policy add p --principal agent:bot --resources pay/* --actions use --condition require_approval=true");
        await _folder.DoAsync("daemon start");
        await using var agent = await SanctumClient.ConnectAsync(
            "bot",
            new SanctumClientOptions { SocketPath = Path.Join(_folder.Vault, "vault.sock"), KeyDirectory = Path.Join(_folder.Vault, "keys") },
            TestContext.Current.CancellationToken);
        JsonObject Request() => new() { ["method"] = "POST", ["url"] = $"{upstream.Origin}/v1/charges?amount=1" };

        var waits = await Assert.ThrowsAsync<Client.VaultException>(() => agent.UseAsync("pay/stripe", "http_request", Request(), TestContext.Current.CancellationToken));
        Assert.Equal("APPROVAL_REQUIRED", waits.Code);
        Assert.Contains($"POST {upstream.Origin}/v1/charges", await _folder.DoAsync("approval list"), StringComparison.Ordinal);
        var waiting = (await _folder.JsonAsync("approval list")).GetProperty("approvals")[0];
        Assert.Equal($"POST {upstream.Origin}/v1/charges", waiting.GetProperty("summary").GetString());
        await _folder.DoAsync($"approval approve {waiting.GetProperty("approval_id").GetString()} --for 10m");

        // For ten minutes, so twice.
        await agent.UseAsync("pay/stripe", "http_request", Request(), TestContext.Current.CancellationToken);
        await agent.UseAsync("pay/stripe", "http_request", Request(), TestContext.Current.CancellationToken);

        Assert.Equal(2, upstream.Requests.Count);
        var sent = upstream.Requests.First();
        Assert.Equal(("POST", "Key secret-value"), (sent.Method, Assert.Single(sent.Headers, it => it.Key == "Authorization").Value));
    }
}
