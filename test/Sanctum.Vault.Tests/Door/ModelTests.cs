using CsCheck;
using Sanctum.Agents;
using Sanctum.Credentials;
using Sanctum.Policies;
using Sanctum.Tests.Fixture;

namespace Sanctum.Tests.Door;

/// <summary>Whatever is done to a vault in whatever order, it holds what a dictionary would.</summary>
public sealed class ModelTests
{
    private enum Act
    {
        Store,
        Store2,
        Remove,
        Register,
        RemoveAgent,
        Allow,
        RemovePolicy,
        Retrieve,
        Renew,
        Release,
        Wait,
        Reopen,
    }

    [Fact]
    public async Task It_ends_in_the_same_listing_and_a_chain_that_verifies()
    {
        var act = Gen.Select(Gen.Enum<Act>(), Gen.Int[0, 3], Gen.Int[0, 999]);
        await act.Array[5, 60].SampleAsync(async acts =>
        {
            var model = new Model(await TestVault.CreateAsync());
            await using var test = model.Test;
            foreach (var (what, which, value) in acts)
            {
                await model.DoAsync(what, which, value);
            }

            await model.CheckAsync();
            await test.ReopenAsync();
            await model.CheckAsync();
        }, iter: 15, threads: 1);
    }

    private sealed class Model(TestVault test)
    {
        private readonly SortedDictionary<string, (string Secret, int Version)> _credentials = new(StringComparer.Ordinal);
        private readonly HashSet<string> _agents = [];
        private readonly HashSet<string> _policies = [];
        private readonly Dictionary<string, (string Agent, string Path, DateTimeOffset Until)> _leases = [];

        public TestVault Test => test;

        public async Task DoAsync(Act what, int which, int value)
        {
            var (path, agent, policy) = ($"p/{which}", $"agent{which}", $"policy{which}");
            switch (what)
            {
                case Act.Store or Act.Store2:
                    await test.StoreAsync(path, $"secret {value}");
                    _credentials[path] = ($"secret {value}", _credentials.GetValueOrDefault(path).Version + 1);
                    break;
                case Act.Remove:
                    await TryAsync(_credentials.Remove(path), VaultErrorCode.CredentialNotFound, () => test.Vault.Credentials.RemoveAsync(test.Operator, CredentialPath.Parse(path)));
                    Drop(lease => lease.Path == path);
                    break;
                case Act.Register when _agents.Add(agent):
                    await test.RegisterAsync(agent);
                    break;
                case Act.RemoveAgent:
                    await TryAsync(_agents.Remove(agent), VaultErrorCode.NotFound, () => test.Vault.Agents.RemoveAsync(test.Operator, AgentName.Parse(agent)));
                    Drop(lease => lease.Agent == agent);
                    break;
                case Act.Allow when _policies.Add(policy):
                    await test.AllowAsync(PolicyActions.Retrieve, path, name: policy);
                    break;
                case Act.RemovePolicy:
                    await TryAsync(_policies.Remove(policy), VaultErrorCode.NotFound, () => test.Vault.Policies.RemoveAsync(test.Operator, policy));
                    Drop(lease => lease.Path == path);
                    break;
                case Act.Retrieve when _agents.Contains($"agent{value % 4}"):
                    await RetrieveAsync($"agent{value % 4}", path, granted: _policies.Contains(policy));
                    break;
                case Act.Renew or Act.Release when _leases.Count > 0:
                    await TouchLeaseAsync(what == Act.Renew, _leases.Keys.ElementAt(value % _leases.Count));
                    break;
                case Act.Wait:
                    test.Time.Advance(TimeSpan.FromSeconds(value / 4));
                    Drop(lease => lease.Until <= test.Time.GetUtcNow());
                    break;
                case Act.Reopen:
                    await test.ReopenAsync();
                    break;
            }
        }

        public async Task CheckAsync()
        {
            Assert.Equal(
                _credentials.Select(pair => (pair.Key, pair.Value.Version)),
                (await test.Vault.Credentials.ListAsync(test.Operator)).Select(info => (info.Path.Value, info.Version)));
            foreach (var (path, (expected, _)) in _credentials)
            {
                using var secret = await test.Vault.Credentials.GetAsync(test.Operator, CredentialPath.Parse(path));
                Assert.Equal(expected, System.Text.Encoding.UTF8.GetString(secret.Span));
            }

            Assert.Equal(_agents.Order(), (await test.Vault.Agents.ListAsync(test.Operator)).Select(agent => agent.Name.Value));
            Assert.Equal(_policies.Order(), (await test.Vault.Policies.ListAsync(test.Operator)).Select(policy => policy.Name));
            Assert.Equal(
                _leases.Select(pair => (pair.Key, pair.Value.Until)).Order(),
                (await test.Vault.Leases.ListAsync(test.Operator)).Select(lease => (lease.Id, lease.ExpiresAt)).Order());
            await test.Vault.Audit.VerifyAsync(test.Operator);
        }

        private async Task RetrieveAsync(string agent, string path, bool granted)
        {
            var caller = (await test.SignInAsync(agent)).Caller;
            if (!granted || !_credentials.TryGetValue(path, out var credential))
            {
                await Refused.WithAsync(granted ? VaultErrorCode.CredentialNotFound : VaultErrorCode.AccessDenied, () => test.RetrieveAsync(caller, path));
                return;
            }

            using var retrieved = await test.Vault.RetrieveAsync(caller, CredentialPath.Parse(path));
            Assert.Equal(credential.Secret, System.Text.Encoding.UTF8.GetString(retrieved.Secret.Span));
            _leases.Add(retrieved.Lease.Id, (agent, path, retrieved.Lease.ExpiresAt));
        }

        private async Task TouchLeaseAsync(bool renew, string id)
        {
            var (agent, path, _) = _leases[id];
            var caller = (await test.SignInAsync(agent)).Caller;
            if (!renew)
            {
                await test.Vault.ReleaseLeaseAsync(caller, id);
                _leases.Remove(id);
                return;
            }

            try
            {
                _leases[id] = (agent, path, (await test.Vault.RenewLeaseAsync(caller, id)).ExpiresAt);
            }
            catch (VaultException exhausted) when (exhausted.Code == VaultErrorCode.LeaseExhausted)
            {
                Assert.Equal(12, (await test.Vault.Leases.ListAsync(test.Operator)).Single(lease => lease.Id == id).Renewals);
            }
        }

        private static async Task TryAsync(bool there, VaultErrorCode otherwise, Func<Task> act) =>
            await (there ? act() : Refused.WithAsync(otherwise, act));

        private void Drop(Func<(string Agent, string Path, DateTimeOffset Until), bool> which)
        {
            foreach (var (id, lease) in _leases.ToArray())
            {
                _ = which(lease) && _leases.Remove(id);
            }
        }
    }
}
