using Sanctum.Agents;
using Sanctum.Credentials;
using Sanctum.Leases;
using Sanctum.Policies;
using Sanctum.Tests.Fixture;

namespace Sanctum.Tests.Door;

/// <summary>A retrieval that waits for a human holds up nobody once there is no one who wants it.</summary>
public sealed class ApprovalWaitTests : IAsyncLifetime
{
    private TestVault _test = null!;
    private Caller _bot = null!;

    public async ValueTask InitializeAsync()
    {
        _test = await TestVault.CreateAsync(options => options with { ApprovalWait = TimeSpan.FromHours(1) });
        await _test.StoreAsync("a/b", "a secret of thirty-two bytes ok!");
        _bot = (await _test.SignInAsync("bot")).Caller;
    }

    public ValueTask DisposeAsync() => _test.DisposeAsync();

    [Theory]
    [InlineData("retrieve", "caller")]
    [InlineData("retrieve", "agent")]
    [InlineData("retrieve", "vault")]
    [InlineData("renew", "caller")]
    [InlineData("renew", "agent")]
    [InlineData("renew", "vault")]
    public async Task It_ends_when_its_agent_leaves_or_the_vault_is_sealed(string call, string ended)
    {
        using var leaving = new CancellationTokenSource();
        var waiting = await WaitingAsync(call, leaving.Token);
        await (ended switch
        {
            "caller" => leaving.CancelAsync(),
            "agent" => _test.Vault.Agents.RemoveAsync(_test.Operator, AgentName.Parse("bot")),
            _ => _test.SealAsync(),
        }).InTime();
        await Assert.ThrowsAnyAsync<Exception>(() => waiting.InTime());
    }

    // A lease is renewed by a call that a human is asked about anew.
    private async Task<Task> WaitingAsync(string call, CancellationToken cancellationToken)
    {
        await _test.AllowAsync(PolicyActions.Retrieve, conditions: new() { RequireApproval = true });
        var retrieving = RetrieveAsync(cancellationToken);
        var asked = await AskedAsync(retrieving);
        if (call == "retrieve")
        {
            return retrieving;
        }

        await _test.Vault.Approvals.ApproveAsync(_test.Operator, asked);
        using var retrieved = await retrieving.InTime();
        var renewing = _test.Vault.RenewLeaseAsync(_bot, retrieved.Lease.Id, cancellationToken: cancellationToken);
        await AskedAsync(renewing);
        return renewing;
    }

    private async Task<string> AskedAsync(Task waiting)
    {
        while (true)
        {
            Assert.False(waiting.IsCompleted);
            if (await _test.Vault.Approvals.ListAsync(_test.Operator) is [var asked])
            {
                return asked.Id;
            }

            await Task.Yield();
        }
    }

    private Task<RetrievedCredential> RetrieveAsync(CancellationToken cancellationToken) =>
        _test.Vault.RetrieveAsync(_bot, CredentialPath.Parse("a/b"), cancellationToken: cancellationToken);
}
