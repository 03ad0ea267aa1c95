using System.Text.Json;
using System.Text.RegularExpressions;
using ModelContextProtocol;
using ModelContextProtocol.Client;
using ModelContextProtocol.Protocol;
using Sanctum.Policies;
using Sanctum.Testing;

namespace Sanctum.Mcp.Tests.Asking;

/// <summary>A call that an operator has to approve gives its host a handle in time, and goes on with it.</summary>
public sealed partial class WaitingTests
{
    private static readonly VaultServerOptions Soon = new() { Wait = TimeSpan.FromMilliseconds(1500) };

    [Fact]
    public async Task A_request_that_waits_is_resumed_and_goes_out_once()
    {
        // The vault itself waits five seconds for the operator.
        await using var served = await AskingAsync("2025-11-25", new() { Wait = TimeSpan.FromSeconds(6) }, reconfigure: false);
        var service = await served.Vault.StartUpstreamAsync();
        await served.Vault.StoreAsync("mail/key", ServedVault.Secret, service.Origin);
        (string, object?)[] request = [("credential", "mail/key"), ("method", "POST"), ("url", service.Origin + "/pay"), ("body", "10")];

        var waiting = await served.FailAsync("sanctum_http_request", request);
        Assert.StartsWith("WAITING_FOR_APPROVAL: ", waiting, StringComparison.Ordinal);
        var approval = Assert.Single(await served.Vault.Vault.Approvals.ListAsync(served.Vault.Operator));
        Assert.Contains($"sanctum approval approve {approval.Id}", waiting, StringComparison.Ordinal);
        Assert.Empty(service.Requests);

        await served.Vault.Vault.Approvals.ApproveAsync(served.Vault.Operator, approval.Id);
        var done = await served.CallAsync("sanctum_http_request", [.. request, ("handle", HandleIn(waiting))]);
        var again = await served.CallAsync("sanctum_http_request", ("handle", HandleIn(waiting)));

        Assert.Equal(200, done.StructuredContent!.Value.GetProperty("status").GetInt32());
        Assert.Equal(done.StructuredContent.ToString(), again.StructuredContent!.ToString());
        Assert.Equal("/pay", service.RequireSingle().Target);
        Assert.Empty(await served.Vault.Vault.Approvals.ListAsync(served.Vault.Operator));
    }

    [Fact]
    public async Task A_host_of_2026_comes_back_by_itself_with_the_state_that_it_was_given()
    {
        await using var served = await AskingAsync("2026-07-28", Soon);
        var signing = served.CallAsync("sanctum_sign", ("credential", "app/key"), ("data", "x")).AsTask();
        var approval = await served.ApprovalAsync();
        await Task.Delay(TimeSpan.FromSeconds(3), TestContext.Current.CancellationToken);
        Assert.False(signing.IsCompleted);

        await served.Vault.Vault.Approvals.ApproveAsync(served.Vault.Operator, approval);

        Assert.NotNull((await signing).StructuredContent!.Value.GetProperty("signature").GetString());
    }

    [Fact]
    public async Task A_denied_call_says_so()
    {
        await using var served = await AskingAsync("2025-11-25", Soon);
        var handle = HandleIn(await served.FailAsync("sanctum_sign", ("credential", "app/key"), ("data", "x")));

        await served.Vault.Vault.Approvals.DenyAsync(served.Vault.Operator, await served.ApprovalAsync());

        Assert.StartsWith("ACCESS_DENIED: the operator denied", await served.FailAsync("sanctum_sign", ("handle", handle)), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Nothing_is_done_while_nobody_waits()
    {
        await using var served = await AskingAsync("2025-11-25", Soon);
        var handle = HandleIn(await served.FailAsync("sanctum_sign", ("credential", "app/key"), ("data", "x")));
        await Task.Delay(TimeSpan.FromSeconds(1), TestContext.Current.CancellationToken);
        await served.Vault.Vault.Approvals.ApproveAsync(served.Vault.Operator, await served.ApprovalAsync());
        await Task.Delay(TimeSpan.FromSeconds(2), TestContext.Current.CancellationToken);

        Assert.Equal(0, await served.SignaturesAsync());
        await served.CallAsync("sanctum_sign", ("handle", handle));
        Assert.Equal(1, await served.SignaturesAsync());
    }

    // The name of a call is the host's to keep, and a tricked model's to change.
    [Theory]
    [InlineData("forged")]
    [InlineData("changed")]
    [InlineData("of another process")]
    [InlineData("of another tool")]
    [InlineData("of other arguments")]
    [InlineData("longer")]
    [InlineData("empty")]
    [InlineData("a number")]
    public async Task A_handle_is_good_for_its_own_call_only(string how)
    {
        await using var served = await AskingAsync("2025-11-25", Soon);
        var handle = HandleIn(await served.FailAsync("sanctum_sign", ("credential", "app/key"), ("data", "x")));

        // What the vault is doing when a host is told to come back ends first.
        await Task.Delay(TimeSpan.FromSeconds(1), TestContext.Current.CancellationToken);
        await served.Vault.Vault.Approvals.ApproveAsync(served.Vault.Operator, await served.ApprovalAsync());
        await using var other = how == "of another process" ? await AskingAsync("2025-11-25", Soon) : null;
        object? given = how switch
        {
            "forged" => Convert.ToBase64String(new byte[56]).Replace('+', '-').Replace('/', '_').TrimEnd('='),
            "changed" => handle[..^1] + (handle[^1] == 'A' ? 'E' : 'A'),
            "of another process" => HandleIn(await other!.FailAsync("sanctum_sign", ("credential", "app/key"), ("data", "x"))),
            "longer" => handle + "A",
            "empty" => "",
            "a number" => 7,
            _ => handle,
        };

        var refused = how switch
        {
            "of another tool" => await served.FailAsync("sanctum_encrypt", ("handle", given)),
            "of other arguments" => await served.FailAsync("sanctum_sign", ("credential", "app/key"), ("data", "y"), ("handle", given)),
            _ => await served.FailAsync("sanctum_sign", ("credential", "app/key"), ("data", "x"), ("handle", given)),
        };

        Assert.StartsWith("INVALID_PARAMS: ", refused, StringComparison.Ordinal);
        Assert.Equal(0, await served.SignaturesAsync());
    }

    [Theory]
    [InlineData("y", "sanctum_sign")]
    [InlineData("x", "sanctum_encrypt")]
    public async Task The_state_of_one_request_is_refused_with_another(string data, string tool)
    {
        await using var served = await AskingAsync("2025-11-25", Soon);
        var state = HandleIn(await served.FailAsync("sanctum_sign", ("credential", "app/key"), ("data", "x")));
        var request = new CallToolRequestParams { Name = tool, Arguments = new Dictionary<string, JsonElement> { ["credential"] = JsonElement.Parse("\"app/key\""), ["data"] = JsonElement.Parse($"\"{data}\"") }, RequestState = state };

        var refused = await served.Host.SendRequestAsync<CallToolRequestParams, CallToolResult>("tools/call", request, McpJsonUtilities.DefaultOptions);

        Assert.StartsWith("INVALID_PARAMS: this handle belongs to another call", ServedVault.TextOf(refused), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Only_so_many_calls_can_wait()
    {
        await using var served = await AskingAsync("2025-11-25", new() { Wait = TimeSpan.FromMilliseconds(300) }, approvalWait: TimeSpan.Zero);
        for (var i = 0; i < 16; i++)
        {
            Assert.NotEmpty(HandleIn(await served.FailAsync("sanctum_sign", ("credential", "app/key"), ("data", $"x{i}"))));
        }

        Assert.StartsWith("RATE_LIMITED: ", await served.FailAsync("sanctum_sign", ("credential", "app/key"), ("data", "one more")), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_model_asks_for_access_and_hears_what_became_of_it()
    {
        await using var served = await ServedVault.ConnectAsync(new TestVaultOptions { Grant = PolicyActions.List });
        await served.Vault.StoreAsync("app/key", "CANARY-key-of-32-bytes-0123456789");

        var asked = await served.CallAsync("sanctum_request_access", ("credential", "app/key"), ("operation", "sign"), ("reason", "to sign"), ("duration", 120));
        var status = asked.StructuredContent!.Value;
        var handle = status.GetProperty("handle").GetString()!;
        Assert.Equal(("pending", $"sanctum approval show {handle}"), (status.GetProperty("status").GetString(), status.GetProperty("operator_command").GetString()));
        await served.Vault.Vault.Proposals.GrantAsync(served.Vault.Operator, handle);

        var granted = await served.CallAsync("sanctum_access_status", ("handle", handle));
        Assert.Equal(("granted", "app/key"), (granted.StructuredContent!.Value.GetProperty("status").GetString(), granted.StructuredContent.Value.GetProperty("granted").GetProperty("path").GetString()));
        Assert.NotEqual(true, (await served.CallAsync("sanctum_sign", ("credential", "app/key"), ("data", "x"))).IsError);
        Assert.StartsWith("INVALID_PARAMS", await served.FailAsync("sanctum_request_access", ("credential", "app/key"), ("operation", "steal"), ("reason", "x")), StringComparison.Ordinal);
        Assert.StartsWith("INVALID_PARAMS", await served.FailAsync("sanctum_access_status", ("handle", "00")), StringComparison.Ordinal);
    }

    // What comes back from a form or a link comes from the agent's own program. It is never an operator's word, and no place for a secret.
    [Fact]
    public async Task Nothing_asks_the_host_for_anything()
    {
        var asked = 0;
        var capabilities = new ClientCapabilities { Elicitation = new ElicitationCapability { Form = new(), Url = new() } };
        await using var served = await AskingAsync("2025-11-25", Soon, options: new McpClientOptions
        {
            ProtocolVersion = "2025-11-25",
            Capabilities = capabilities,
            Handlers = new McpClientHandlers { ElicitationHandler = (_, _) => { asked++; return ValueTask.FromResult(new ElicitResult()); } },
        });

        foreach (var tool in await served.Host.ListToolsAsync())
        {
            await served.CallAsync(tool.Name, ArgumentsOf(tool));
        }

        Assert.Equal(0, asked);
    }

    private static (string, object?)[] ArgumentsOf(McpClientTool tool) =>
    [
        .. from name in tool.JsonSchema.TryGetProperty("required", out var required) ? required.EnumerateArray().Select(item => item.GetString()!) : []
           let property = tool.JsonSchema.GetProperty("properties").GetProperty(name)
           select (name, (object?)(name switch
           {
               "credential" => "app/key",
               "method" => "GET",
               "url" => "https://127.0.0.1:9/",
               _ => property.TryGetProperty("enum", out var values) ? values[0].GetString() : "x",
           })),
    ];

    private static string HandleIn(string text) => Handle().Match(text).Groups[1].Value;

    private static async Task<ServedVault> AskingAsync(
        string revision, VaultServerOptions server, bool reconfigure = true, TimeSpan? approvalWait = null, McpClientOptions? options = null)
    {
        var served = await ServedVault.ConnectAsync(new TestVaultOptions { Grant = PolicyActions.List }, server, revision, options);
        await served.Vault.StoreAsync("app/key", "CANARY-key-of-32-bytes-0123456789");
        await served.Vault.Vault.Policies.AddAsync(served.Vault.Operator, new Policy
        {
            Name = "asked",
            Principal = "agent:*",
            Resources = ["*"],
            Actions = PolicyActions.Use,
            Conditions = new PolicyConditions { RequireApproval = true },
        });
        if (reconfigure)
        {
            await served.Vault.Vault.ReconfigureAsync(new VaultOptions { ApprovalWait = approvalWait ?? TimeSpan.FromMilliseconds(200) });
        }

        return served;
    }

    [GeneratedRegex("handle \"([^\"]+)\"")]
    private static partial Regex Handle();
}

internal static class AskingVaultExtensions
{
    /// <summary>The approval that waits.</summary>
    public static async Task<string> ApprovalAsync(this ServedVault served)
    {
        while (true)
        {
            if (await served.Vault.Vault.Approvals.ListAsync(served.Vault.Operator) is [var waiting])
            {
                return waiting.Id;
            }

            await Task.Delay(20, TestContext.Current.CancellationToken);
        }
    }

    public static ValueTask<int> SignaturesAsync(this ServedVault served) =>
        served.Vault.Vault.Audit.ReadAsync(served.Vault.Operator, new() { Action = "use" }).CountAsync(entry => entry.Outcome == Sanctum.Audit.AuditOutcome.Allowed);
}
