using System.Text;
using Sanctum.Crypto;
using Sanctum.Sealing;
using Sanctum.Tests.Fixture;

namespace Sanctum.Storage.Postgres.Tests;

/// <summary>Several daemons change what opens the vault, at the same time: no change is lost, and none is undone.</summary>
public sealed class SeveralSealsTests(PostgresServer server) : IClassFixture<PostgresServer>
{
    private readonly KeptKeys _kept = new();

    [Fact]
    public async Task Providers_that_are_added_at_once_all_open_the_vault()
    {
        await using var vaults = await StartAsync(2);
        await Task.WhenAll(Enumerable.Range(0, 2).Select(number => Task.Run(async () =>
        {
            for (var i = 0; i < 3; i++)
            {
                await vaults[number].AddSealProviderAsync(vaults.By(number), SeveralVaults.Passphrase, new SealProviderInfo($"kept-{number}-{i}", _kept.Type, "here"));
            }
        })));

        string[] all = [.. Enumerable.Range(0, 2).SelectMany(number => Enumerable.Range(0, 3).Select(i => $"kept-{number}-{i}"))];
        foreach (var name in all)
        {
            var (key, others) = (_kept.Keys[(vaults[0].Id, name)], _kept.Keys.ToArray());
            _kept.Keys.Clear();
            _kept.Keys[(vaults[0].Id, name)] = key;
            Assert.Equal((name, 0), await OpenAgainAsync(vaults));
            Array.ForEach(others, it => _kept.Keys[it.Key] = it.Value);
        }
    }

    // Removed is removed, whatever another daemon does at the moment: the one that was added beside it must not bring it back.
    [Fact]
    public async Task A_provider_that_is_removed_while_another_is_added_is_gone()
    {
        await using var vaults = await StartAsync(2);
        for (var i = 0; i < 3; i++)
        {
            var (first, second) = ($"first-{i}", $"second-{i}");
            await vaults[0].AddSealProviderAsync(vaults.By(0), SeveralVaults.Passphrase, new SealProviderInfo(first, _kept.Type, "here"));
            await Task.WhenAll(
                Task.Run(() => vaults[0].RemoveSealProviderAsync(vaults.By(0), first)),
                Task.Run(() => vaults[1].AddSealProviderAsync(vaults.By(1), SeveralVaults.Passphrase, new SealProviderInfo(second, _kept.Type, "here"))));
        }

        var number = await vaults.AddAsync(null, Options());
        Assert.Equal(["second-0", "second-1", "second-2"], vaults[number].SealProviders.Select(it => it.Name));
        Assert.Equal(("second-0", 0), await OpenAgainAsync(vaults));
    }

    [Fact]
    public async Task A_list_shows_what_was_added_and_removed_at_another_daemon()
    {
        await using var vaults = await StartAsync(2);
        await vaults[0].AddSealProviderAsync(vaults.By(0), SeveralVaults.Passphrase, new SealProviderInfo("first", _kept.Type, "here"));
        await vaults[0].AddSealProviderAsync(vaults.By(0), SeveralVaults.Passphrase, new SealProviderInfo("second", _kept.Type, "here"));
        Assert.Equal(["first", "second"], (await vaults[1].ListSealProvidersAsync(vaults.By(1))).Select(it => it.Name));

        await vaults[0].RemoveSealProviderAsync(vaults.By(0), "first");
        Assert.Equal(["second"], (await vaults[1].ListSealProvidersAsync(vaults.By(1))).Select(it => it.Name));
    }

    [Fact]
    public async Task The_second_of_two_who_change_the_passphrase_at_once_is_refused()
    {
        await using var vaults = await StartAsync(2);
        byte[][] replacements = ["the first of two passphrases"u8.ToArray(), "the second of two passphrases"u8.ToArray()];
        var both = await Task.WhenAll(Enumerable.Range(0, 2).Select(number => Task.Run(() => SeveralVaults.TryAsync(
            () => vaults[number].ChangePassphraseAsync(vaults.By(number), SeveralVaults.Passphrase, replacements[number])))));
        Assert.Single(both, code => code is null);
        Assert.Single(both, VaultErrorCode.AuthFailed);

        // The one that was told so has the vault.
        Assert.Null(await SeveralVaults.TryAsync(() => vaults[0].UnsealAsync(replacements[Array.IndexOf(both, null)])));
    }

    // Both daemons are on one machine, where both have one place for their key: what is in the vault's document needs it.
    [Fact]
    public async Task A_key_of_a_name_that_was_taken_meanwhile_at_another_daemon_stays()
    {
        await using var vaults = await StartAsync(2);
        TaskCompletionSource asked = new(TaskCreationOptions.RunContinuationsAsynchronously), responds = new(TaskCreationOptions.RunContinuationsAsynchronously);
        _kept.Giving = async (key, _) =>
        {
            if (asked.TrySetResult())
            {
                await responds.Task;
            }

            return key;
        };
        var adding = SeveralVaults.TryAsync(() => vaults[0].AddSealProviderAsync(vaults.By(0), SeveralVaults.Passphrase, new SealProviderInfo("one", _kept.Type, "here")));
        await asked.Task;
        await vaults[1].AddSealProviderAsync(vaults.By(1), SeveralVaults.Passphrase, new SealProviderInfo("one", _kept.Type, "here"));
        responds.SetResult();
        Assert.Equal(VaultErrorCode.Conflict, await adding);
        Assert.Equal(("one", 0), await OpenAgainAsync(vaults));
    }

    // An operator proves the passphrase, a provider takes its time, and meanwhile the passphrase is changed: by somebody else there, or at another daemon.
    [Theory]
    [InlineData(0, false)]
    [InlineData(0, true)]
    [InlineData(1, false)]
    [InlineData(1, true)]
    public async Task A_passphrase_that_is_changed_while_a_provider_is_added_stays_changed(int changesAt, bool hasProvider)
    {
        await using var vaults = await StartAsync(2);
        if (hasProvider)
        {
            await vaults[0].AddSealProviderAsync(vaults.By(0), SeveralVaults.Passphrase, new SealProviderInfo("first", _kept.Type, "here"));
        }

        TaskCompletionSource asked = new(TaskCreationOptions.RunContinuationsAsynchronously), responds = new(TaskCreationOptions.RunContinuationsAsynchronously);
        _kept.Giving = async (key, _) =>
        {
            asked.TrySetResult();
            await responds.Task;
            return key;
        };
        var adding = SeveralVaults.TryAsync(() => vaults[0].AddSealProviderAsync(vaults.By(0), SeveralVaults.Passphrase, new SealProviderInfo("late", _kept.Type, "here")));
        await asked.Task;
        var replacement = "the second of two passphrases"u8.ToArray();
        await vaults[changesAt].ChangePassphraseAsync(vaults.By(changesAt), SeveralVaults.Passphrase, replacement);
        responds.SetResult();

        Assert.Equal(VaultErrorCode.AuthFailed, await adding);
        await RequireOnlyPassphraseAsync(vaults, replacement, SeveralVaults.Passphrase);
        Assert.Equal((hasProvider ? "first" : null, 0), await OpenAgainAsync(vaults));
    }

    [Fact]
    public async Task A_passphrase_is_changed_and_a_provider_added_at_once_and_neither_undoes_the_other()
    {
        await using var vaults = await StartAsync(2);
        var current = SeveralVaults.Passphrase;
        List<string> added = [];
        for (var i = 0; i < 6; i++)
        {
            var (before, next, name) = (current, Encoding.UTF8.GetBytes($"passphrase number {i}, and a long one"), $"provider-{i}");
            var both = await Task.WhenAll(
                Task.Run(() => SeveralVaults.TryAsync(() => vaults[0].ChangePassphraseAsync(vaults.By(0), before, next))),
                Task.Run(() => SeveralVaults.TryAsync(() => vaults[1].AddSealProviderAsync(vaults.By(1), before, new SealProviderInfo(name, _kept.Type, "here")))));
            Assert.Null(both[0]);
            Assert.True(both[1] is null or VaultErrorCode.AuthFailed, $"{both[1]}");
            if (both[1] is null)
            {
                added.Add(name);
            }

            await RequireOnlyPassphraseAsync(vaults, next, before);
            current = next;
        }

        Assert.Equal((added.FirstOrDefault(), 0), await OpenAgainAsync(vaults));
    }

    // It was waited for, and it gave its key: but by then it was no provider of this vault any more.
    [Theory]
    [InlineData("while it is waited for")]
    [InlineData("snapshot")]
    [InlineData("commit")]
    public async Task A_provider_that_is_removed_while_it_opens_the_vault_opens_it_no_more(string when)
    {
        await using var vaults = await StartAsync(1);
        await vaults[0].AddSealProviderAsync(vaults.By(0), SeveralVaults.Passphrase, new SealProviderInfo("kept", _kept.Type, "here"));
        await using var store = await PostgresVaultStore.OpenAsync(vaults.Settings);
        await using var held = new HeldStore(store);
        await using var opens = await Vault.OpenAsync(held, Options());
        Task RemoveAsync() => vaults[0].RemoveSealProviderAsync(vaults.By(0), "kept");
        var calls = 0;
        _kept.Giving = async (key, _) =>
        {
            if (when == "while it is waited for" && Interlocked.Increment(ref calls) == 1)
            {
                await RemoveAsync();
            }

            return key;
        };
        held.Before = (when, RemoveAsync);

        var opened = await opens.UnsealByProvidersAsync();

        Assert.Equal((null, true), (opened.OpenedBy, opens.IsSealed));
        await foreach (var entry in vaults[0].Audit.ReadAsync(vaults.By(0)))
        {
            Assert.NotEqual(("vault.unseal", "vault"), (entry.Action, entry.Actor));
        }
    }

    [Theory]
    [InlineData("snapshot", false)]
    [InlineData("commit", false)]
    [InlineData("commit", true)]
    public async Task A_passphrase_that_is_changed_while_it_is_proved_proves_nothing(string when, bool isOpen)
    {
        await using var vaults = await StartAsync(1);
        await using var store = await PostgresVaultStore.OpenAsync(vaults.Settings);
        await using var held = new HeldStore(store).Deafen();
        await using var vault = await Vault.OpenAsync(held, Options() with { LongestStoreSilence = TimeSpan.FromHours(1) });
        if (isOpen)
        {
            await vault.UnsealAsync(SeveralVaults.Passphrase);
        }

        var replacement = "the second of two passphrases"u8.ToArray();
        held.Before = (when, () => vaults[0].ChangePassphraseAsync(vaults.By(0), SeveralVaults.Passphrase, replacement));

        Assert.Equal(VaultErrorCode.AuthFailed, await SeveralVaults.TryAsync(() => vault.UnsealAsync(SeveralVaults.Passphrase)));
        Assert.Equal(!isOpen, vault.IsSealed);
        Assert.Null(await SeveralVaults.TryAsync(() => vault.UnsealAsync(replacement)));
    }

    // The one that waits is sealed and hears nothing.
    [Fact]
    public async Task A_daemon_that_waits_for_its_provider_stays_sealed_where_an_operator_seals_all()
    {
        await using var vaults = await StartAsync(1);
        await vaults[0].AddSealProviderAsync(vaults.By(0), SeveralVaults.Passphrase, new SealProviderInfo("kept", _kept.Type, "here"));
        await using var store = await PostgresVaultStore.OpenAsync(vaults.Settings);
        await using var waits = await Vault.OpenAsync(store, Options());
        _kept.Giving = (_, _) => throw new SealProviderException("it is down");
        Assert.Null(Assert.Single((await waits.UnsealByProvidersAsync()).Failed).VaultFailure);

        // Others work on, and that is no reason.
        await vaults.SignAsync(0, await vaults.SignInAsync(0));
        await vaults[0].SealAsync(Vault.SealedByOperator);
        _kept.Giving = (key, _) => Task.FromResult(key);
        var refused = await waits.UnsealByProvidersAsync();
        Assert.Null(refused.OpenedBy);
        Assert.Equal(VaultErrorCode.VaultLocked, Assert.Single(refused.Failed).VaultFailure);
        Assert.True(waits.IsSealed);

        // Starting a daemon afterwards opens the vault, and so does an operator at this one.
        Assert.Equal(("kept", 0), await OpenAgainAsync(vaults));
        Assert.Empty((await waits.UnsealAsync(SeveralVaults.Passphrase)).Damage);
    }

    [Fact]
    public async Task A_daemon_that_waits_for_its_provider_opens_the_vault_when_that_is_back()
    {
        await using var vaults = await StartAsync(1);
        await vaults[0].AddSealProviderAsync(vaults.By(0), SeveralVaults.Passphrase, new SealProviderInfo("kept", _kept.Type, "here"));

        // An earlier seal is none that it waits through.
        await vaults[0].SealAsync(Vault.SealedByOperator);
        await using var store = await PostgresVaultStore.OpenAsync(vaults.Settings);
        await using var waits = await Vault.OpenAsync(store, Options());
        _kept.Giving = (_, _) => throw new SealProviderException("it is down");
        Assert.Null((await waits.UnsealByProvidersAsync()).OpenedBy);
        _kept.Giving = (key, _) => Task.FromResult(key);
        Assert.Equal("kept", (await waits.UnsealByProvidersAsync()).OpenedBy);
    }

    // While a daemon opens the vault, another changes what opens it.
    [Fact]
    public async Task A_daemon_that_starts_while_providers_change_opens_the_vault()
    {
        await using var vaults = await StartAsync(1);
        await vaults[0].AddSealProviderAsync(vaults.By(0), SeveralVaults.Passphrase, new SealProviderInfo("stays", _kept.Type, "here"));
        using var ending = new CancellationTokenSource();
        var changing = Task.Run(async () =>
        {
            for (var i = 0; !ending.IsCancellationRequested; i++)
            {
                await vaults[0].AddSealProviderAsync(vaults.By(0), SeveralVaults.Passphrase, new SealProviderInfo($"goes-{i}", _kept.Type, "here"));
                await vaults[0].RemoveSealProviderAsync(vaults.By(0), $"goes-{i}");
            }
        });
        for (var i = 0; i < 20; i++)
        {
            Assert.Equal(("stays", 0), await OpenAgainAsync(vaults));
        }

        await ending.CancelAsync();
        await changing;
    }

    [Fact]
    public async Task A_backup_has_the_passphrase_that_was_set_at_another_daemon()
    {
        await using var vaults = await StartAsync(2);
        var replacement = "the second of two passphrases"u8.ToArray();
        await vaults[0].ChangePassphraseAsync(vaults.By(0), SeveralVaults.Passphrase, replacement);
        using var saved = new MemoryStream();
        await vaults[1].BackupAsync(vaults.By(1), saved);
        saved.Position = 0;
        await using var store = new InMemoryVaultStore();
        Assert.Empty((await Vault.RestoreAsync(saved, store, replacement)).Damage);
    }

    // Its document is known by its digest from here on, with providers or without.
    [Fact]
    public async Task A_vault_that_was_here_goes_on_in_a_store_of_its_own()
    {
        await using var vaults = await StartAsync(1);
        byte[] second = "the second of three passphrases"u8.ToArray(), third = "the third of three passphrases"u8.ToArray();
        await vaults[0].ChangePassphraseAsync(vaults.By(0), SeveralVaults.Passphrase, second);
        using var saved = new MemoryStream();
        await vaults[0].BackupAsync(vaults.By(0), saved);
        saved.Position = 0;
        await using var store = new InMemoryVaultStore();
        await Vault.RestoreAsync(saved, store, second);
        await using (var own = await Vault.OpenAsync(store, Options()))
        {
            var by = await own.UnsealAsync(second);
            await own.ChangePassphraseAsync(by, second, third);
            saved.SetLength(0);
            await own.BackupAsync(by, saved);
        }

        // A document that does not count is damage.
        saved.Position = 0;
        await using var restored = new InMemoryVaultStore();
        Assert.Empty((await Vault.RestoreAsync(saved, restored, third)).Damage);
    }

    private async Task RequireOnlyPassphraseAsync(SeveralVaults vaults, byte[] passphrase, byte[] former)
    {
        await using var store = await PostgresVaultStore.OpenAsync(vaults.Settings);
        await using var vault = await Vault.OpenAsync(store, Options());
        Assert.Equal(VaultErrorCode.AuthFailed, await SeveralVaults.TryAsync(() => vault.UnsealAsync(former)));
        Assert.Empty((await vault.UnsealAsync(passphrase)).Damage);
    }

    private Task<SeveralVaults> StartAsync(int count) => SeveralVaults.StartAsync(server, count, options: Options());

    private VaultOptions Options() => new() { SealProviders = [_kept], Kdf = KdfParameters.Minimum, SealProviderTimeout = TimeSpan.FromMinutes(2) };

    private async Task<(string? By, int Damaged)> OpenAgainAsync(SeveralVaults vaults)
    {
        await using var store = await PostgresVaultStore.OpenAsync(vaults.Settings);
        await using var vault = await Vault.OpenAsync(store, Options());
        var opened = await vault.UnsealByProvidersAsync();
        return (opened.OpenedBy, opened.Damage.Count);
    }
}
