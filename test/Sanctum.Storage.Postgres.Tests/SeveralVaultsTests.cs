using NSec.Cryptography;
using Sanctum.Agents;
using Sanctum.Audit;
using Sanctum.Credentials;
using Sanctum.Policies;
using Sanctum.Sessions;

namespace Sanctum.Storage.Postgres.Tests;

/// <summary>What must hold where several daemons serve one vault.</summary>
public sealed class SeveralVaultsTests(PostgresServer server) : IClassFixture<PostgresServer>
{
    [Fact]
    public async Task What_one_stores_the_others_serve_at_once()
    {
        await using var vaults = await SeveralVaults.StartAsync(server, 2);
        var session = await vaults.SignInAsync(1);
        await vaults.SignAsync(1, session);
        using var got = await vaults[1].RetrieveAsync(session.Caller, SeveralVaults.Path);
        Assert.Equal("a shared secret of some length"u8, got.Secret.Span);
    }

    [Theory]
    [InlineData("agent remove")]
    [InlineData("agent disable")]
    [InlineData("agent freeze")]
    [InlineData("agent rotate")]
    [InlineData("policy remove")]
    [InlineData("policy set")]
    [InlineData("credential remove")]
    public async Task What_one_withdraws_no_other_serves_from_then_on(string what)
    {
        await using var vaults = await SeveralVaults.StartAsync(server, 2);
        var session = await vaults.SignInAsync(1);
        await vaults.SignAsync(1, session);

        await WithdrawAsync(vaults, what);

        Assert.NotNull(await SeveralVaults.TryAsync(() => vaults.SignAsync(1, session)));
        Assert.NotNull(await SeveralVaults.TryAsync(async () => (await vaults[1].RetrieveAsync(session.Caller, SeveralVaults.Path)).Dispose()));
        await vaults[1].Audit.VerifyAsync(vaults.By(1));
    }

    // An operator who hears that there is no such policy takes it for withdrawn.
    [Fact]
    public async Task What_one_has_just_granted_another_can_withdraw_and_grant_again()
    {
        await using var vaults = await SeveralVaults.StartAsync(server, 2);
        var policy = SeveralVaults.PolicyWith(new PolicyConditions()) with { Name = "brief" };
        for (var i = 0; i < 50; i++)
        {
            var (one, other) = (i % 2, 1 - (i % 2));
            await vaults[one].Policies.AddAsync(vaults.By(one), policy);
            await vaults[other].Policies.RemoveAsync(vaults.By(other), "brief");
        }
    }

    [Theory]
    [InlineData(5)]
    [InlineData(17)]
    public async Task An_hourly_limit_is_one_for_all(int limit)
    {
        await using var vaults = await SeveralVaults.StartAsync(server, 3, new PolicyConditions { MaxUsesPerHour = limit });
        var allowed = 0;
        await Task.WhenAll(Enumerable.Range(0, 3).Select(number => Task.Run(async () =>
        {
            var session = await vaults.SignInAsync(number);
            await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => Task.Run(async () =>
            {
                for (var i = 0; i < 5; i++)
                {
                    var refused = await SeveralVaults.TryAsync(() => vaults.SignAsync(number, session));
                    Interlocked.Add(ref allowed, refused is null ? 1 : 0);
                    Assert.True(refused is null or VaultErrorCode.RateLimited, $"{refused}");
                }
            })));
        })));

        Assert.Equal(limit, allowed);
        Assert.Equal(limit, await CountAsync(vaults, entry => entry is { Action: "use", Outcome: AuditOutcome.Allowed }));

        // And for one that comes later.
        var late = await vaults.AddAsync();
        Assert.Equal(VaultErrorCode.RateLimited, await SeveralVaults.TryAsync(async () => await vaults.SignAsync(late, await vaults.SignInAsync(late))));
    }

    [Fact]
    public async Task An_agent_holds_no_more_leases_than_it_may_however_many_daemons_it_asks()
    {
        await using var vaults = await SeveralVaults.StartAsync(server, 2, options: new VaultOptions { MaxLeasesPerAgent = 7 });
        var held = 0;
        async Task<VaultErrorCode?> TakeAsync(int number, Session session)
        {
            var refused = await SeveralVaults.TryAsync(async () => (await vaults[number].RetrieveAsync(session.Caller, SeveralVaults.Path)).Dispose());
            Interlocked.Add(ref held, refused is null ? 1 : 0);
            return refused;
        }

        Session[] sessions = [await vaults.SignInAsync(0), await vaults.SignInAsync(1)];
        await Task.WhenAll(Enumerable.Range(0, 2).Select(number => Task.Run(() => Task.WhenAll(Enumerable.Range(0, 20).Select(_ => TakeAsync(number, sessions[number]))))));
        Assert.InRange(held, 1, 7);

        // A call is refused too where the last place is about to be taken by one that is then refused itself: places that are left are free.
        while (await TakeAsync(0, sessions[0]) is null)
        {
        }

        Assert.Equal(VaultErrorCode.RateLimited, await TakeAsync(1, sessions[1]));
        Assert.Equal(7, held);
        Assert.Equal(7, (await vaults[0].Leases.ListAsync(vaults.By(0))).Count);
    }

    [Fact]
    public async Task A_lease_released_at_one_is_gone_at_the_other_and_only_one_ends_it()
    {
        await using var vaults = await SeveralVaults.StartAsync(server, 2);
        var (here, there) = (await vaults.SignInAsync(0), await vaults.SignInAsync(1));
        for (var i = 0; i < 10; i++)
        {
            string id;
            using (var got = await vaults[0].RetrieveAsync(here.Caller, SeveralVaults.Path))
            {
                id = got.Lease.Id;
            }

            await SeveralVaults.UntilAsync(async () => (await vaults[1].ListLeasesAsync(there.Caller)).Any(lease => lease.Id == id));
            var ended = await Task.WhenAll(
                SeveralVaults.TryAsync(() => vaults[0].ReleaseLeaseAsync(here.Caller, id)), SeveralVaults.TryAsync(() => vaults[1].ReleaseLeaseAsync(there.Caller, id)));
            Assert.Single(ended, code => code is null);
            Assert.Single(ended, VaultErrorCode.LeaseExpired);
        }

        Assert.Equal(10, await CountAsync(vaults, entry => entry.Action == "lease.release" && entry.Outcome == AuditOutcome.Allowed));
    }

    [Fact]
    public async Task A_lease_is_renewed_no_more_often_than_it_may_be()
    {
        await using var vaults = await SeveralVaults.StartAsync(server, 2, options: new VaultOptions { MaxLeaseRenewals = 6 });
        var (here, there) = (await vaults.SignInAsync(0), await vaults.SignInAsync(1));
        using var got = await vaults[0].RetrieveAsync(here.Caller, SeveralVaults.Path);
        await SeveralVaults.UntilAsync(async () => (await vaults[1].ListLeasesAsync(there.Caller)).Count == 1);
        var renewed = 0;
        await Task.WhenAll(new[] { (0, here), (1, there) }.Select(side => Task.Run(async () =>
        {
            for (var i = 0; i < 12; i++)
            {
                var refused = await SeveralVaults.TryAsync(() => vaults[side.Item1].RenewLeaseAsync(side.Item2.Caller, got.Lease.Id));
                Interlocked.Add(ref renewed, refused is null ? 1 : 0);
            }
        })));
        Assert.Equal(6, renewed);
    }

    [Fact]
    public async Task Versions_that_several_store_at_once_are_all_there()
    {
        await using var vaults = await SeveralVaults.StartAsync(server, 3);
        await Task.WhenAll(Enumerable.Range(0, 3).Select(number => Task.Run(async () =>
        {
            for (var i = 0; i < 10; i++)
            {
                await vaults[number].Credentials.StoreAsync(vaults.By(number), SeveralVaults.Path, "another secret of some length"u8.ToArray());
            }
        })));
        await vaults[0].Audit.VerifyAsync(vaults.By(0));
        await SeveralVaults.UntilAsync(async () => (await vaults[0].Credentials.ListAsync(vaults.By(0))).Single().Version == 31);
        await SeveralVaults.UntilAsync(async () => (await vaults[2].Credentials.ListAsync(vaults.By(2))).Single().Version == 31);
    }

    [Fact]
    public async Task Two_who_register_one_name_at_once_do_not_both_have_it()
    {
        await using var vaults = await SeveralVaults.StartAsync(server, 2);
        for (var i = 0; i < 10; i++)
        {
            var name = AgentName.Parse($"agent-{i}");
            var both = await Task.WhenAll(Enumerable.Range(0, 2).Select(number => Task.Run(() => SeveralVaults.TryAsync(async () =>
            {
                using var key = Key.Create(SignatureAlgorithm.Ed25519);
                await vaults[number].Agents.RegisterAsync(vaults.By(number), name, key.PublicKey.Export(KeyBlobFormat.RawPublicKey));
            }))));
            Assert.Single(both, code => code is null);
            Assert.Single(both, VaultErrorCode.Conflict);
        }
    }

    [Fact]
    public async Task Where_an_operator_seals_all_are_sealed_and_where_a_daemon_stops_only_that_one()
    {
        await using var vaults = await SeveralVaults.StartAsync(server, 3);
        await vaults[2].SealAsync("the daemon stopped");
        await Task.Delay(700);
        Assert.False(vaults[1].IsSealed);
        await vaults[0].SealAsync(Vault.SealedByOperator);
        await SeveralVaults.UntilAsync(() => Task.FromResult(vaults[1].IsSealed));
    }

    [Fact]
    public async Task A_passphrase_that_was_changed_at_one_is_the_only_one_for_all()
    {
        await using var vaults = await SeveralVaults.StartAsync(server, 2);
        var replacement = "another passphrase, and a long one"u8.ToArray();
        await vaults[0].ChangePassphraseAsync(vaults.By(0), SeveralVaults.Passphrase, replacement);
        Assert.Equal(VaultErrorCode.AuthFailed, await SeveralVaults.TryAsync(() => vaults[1].UnsealAsync(SeveralVaults.Passphrase)));
        await vaults[1].UnsealAsync(replacement);
    }

    [Fact]
    public async Task Many_who_work_at_once_write_one_log_that_is_whole()
    {
        await using var vaults = await SeveralVaults.StartAsync(server, 3);
        await Task.WhenAll(Enumerable.Range(0, 3).Select(number => Task.Run(async () =>
        {
            var session = await vaults.SignInAsync(number);
            await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => Task.Run(async () =>
            {
                for (var i = 0; i < 25; i++)
                {
                    await vaults.SignAsync(number, session);
                }
            })));
        })));
        foreach (var number in Enumerable.Range(0, 3))
        {
            await vaults[number].Audit.VerifyAsync(vaults.By(number));
        }

        Assert.Equal(600, await CountAsync(vaults, entry => entry is { Action: "use", Outcome: AuditOutcome.Allowed }));
    }

    private static async Task WithdrawAsync(SeveralVaults vaults, string what)
    {
        var (vault, by) = (vaults[0], vaults.By(0));
        using var key = Key.Create(SignatureAlgorithm.Ed25519);
        await (what switch
        {
            "agent remove" => vault.Agents.RemoveAsync(by, SeveralVaults.Helper),
            "agent disable" => vault.Agents.DisableAsync(by, SeveralVaults.Helper),
            "agent freeze" => vault.Agents.FreezeAsync(by, SeveralVaults.Helper),
            "agent rotate" => vault.Agents.RotateKeyAsync(by, SeveralVaults.Helper, key.PublicKey.Export(KeyBlobFormat.RawPublicKey)),
            "policy remove" => vault.Policies.RemoveAsync(by, "work"),
            "policy set" => vault.Policies.SetAsync(by, SeveralVaults.PolicyWith(new PolicyConditions { AllowedOperations = ["encrypt"] }) with { Actions = PolicyActions.Use }),
            _ => vault.Credentials.RemoveAsync(by, SeveralVaults.Path),
        });
    }

    private static async Task<int> CountAsync(SeveralVaults vaults, Func<AuditEntry, bool> counts)
    {
        var count = 0;
        await foreach (var entry in vaults[0].Audit.ReadAsync(vaults.By(0)))
        {
            count += counts(entry) ? 1 : 0;
        }

        return count;
    }
}
