using Sanctum.Sealing;
using Sanctum.Tests.Fixture;

namespace Sanctum.Tests.Sealing;

/// <summary>Several operators change what opens a vault at the same time.</summary>
public sealed class SealProviderRaceTests : IAsyncLifetime
{
    private readonly KeptKeys _kept = new();
    private TestVault _test = null!;

    public async ValueTask InitializeAsync() =>
        _test = await TestVault.CreateAsync(options => options with { SealProviders = [_kept], SealProviderTimeout = TimeSpan.FromMinutes(2) });

    public ValueTask DisposeAsync() => _test.DisposeAsync();

    [Fact]
    public async Task A_passphrase_that_is_changed_while_a_provider_is_added_stays_changed()
    {
        var provider = new Gate();
        _kept.Giving = provider.PassAsync;
        var adding = AddAsync("late");
        await provider.Reached;
        var replacement = "the second of two passphrases"u8.ToArray();
        await _test.Vault.ChangePassphraseAsync(_test.Operator, TestVault.Passphrase, replacement);
        provider.Open();
        var refusal = await Refused.WithAsync(VaultErrorCode.AuthFailed, () => adding);
        Assert.Contains("changed meanwhile", refusal.Message, StringComparison.Ordinal);
        Assert.Empty(_kept.Keys);

        await _test.SealAsync();
        await using var fresh = await Vault.OpenAsync(_test.Store, _test.Options);
        await Refused.WithAsync(VaultErrorCode.AuthFailed, () => fresh.UnsealAsync(TestVault.Passphrase));
        Assert.Null((await fresh.UnsealByProvidersAsync()).OpenedBy);
        Assert.Empty((await fresh.UnsealAsync(replacement)).Damage);
    }

    // Both have one place for their key. The second must not put its own there while the first is still being added.
    [Fact]
    public async Task When_two_add_a_provider_of_one_name_the_first_has_one_that_opens_the_vault()
    {
        Gate first = new(), second = new();
        var asked = 0;
        _kept.Giving = (key, token) => (Interlocked.Increment(ref asked) == 1 ? first : second).PassAsync(key, token);
        var one = AddAsync("kept");
        await first.Reached;
        var other = AddAsync("kept");

        // A chance for the second to go where it must not.
        await Task.WhenAny(second.Reached, Task.Delay(TimeSpan.FromMilliseconds(500)));
        first.Open();
        await one;
        second.Open();
        await Refused.WithAsync(VaultErrorCode.Conflict, () => other);

        await _test.SealAsync();
        await using var fresh = await Vault.OpenAsync(_test.Store, _test.Options);
        Assert.Equal("kept", (await fresh.UnsealByProvidersAsync()).OpenedBy);
    }

    private Task AddAsync(string name) => Task.Run(() => _test.Vault.AddSealProviderAsync(_test.Operator, TestVault.Passphrase, new SealProviderInfo(name, "kept", "")));

    /// <summary>Holds a provider up.</summary>
    private sealed class Gate
    {
        private readonly TaskCompletionSource _reached = new(TaskCreationOptions.RunContinuationsAsynchronously), _open = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public Task Reached => _reached.Task.WaitAsync(TimeSpan.FromMinutes(2));

        public async Task<byte[]> PassAsync(byte[] key, CancellationToken cancellationToken)
        {
            _reached.TrySetResult();
            await _open.Task.WaitAsync(cancellationToken);
            return key;
        }

        public void Open() => _open.SetResult();
    }
}
