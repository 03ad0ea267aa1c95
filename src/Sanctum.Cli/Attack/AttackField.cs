using System.Net;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Sanctum.Cli.Loopback;
using Sanctum.Cli.Operators;
using Sanctum.Client;
using Sanctum.Daemon.Admin;
using Sanctum.Daemon.Hosting;

namespace Sanctum.Cli.Attack;

/// <summary>
/// Where the attempts are made: a vault on disk with its own daemon, and an agent with policies like those of a careful operator.
/// The agent's credential is bound to one service; another service belongs to the attacker.
/// </summary>
internal sealed class AttackField : IAsyncDisposable
{
    public const string Agent = "mallory";

    /// <summary>An agent that is granted nothing, and calls all the same.</summary>
    public const string Swarm = "swarm";

    /// <summary>Bound to the service.</summary>
    public const string Service = "service/api_key";

    /// <summary>Bound to <see cref="BoundHost"/>.</summary>
    public const string Bound = "service/bound_key";

    public const string BoundHost = "api.example.com";

    /// <summary>Bound to the service, for reading below <c>/public/</c>.</summary>
    public const string Narrow = "service/narrow_key";

    /// <summary>Bound to names of this machine and its neighbours, as if by mistake.</summary>
    public const string Inside = "service/inside_key";

    /// <summary>Bound to the careless service, as <see cref="Service"/> is.</summary>
    public const string Careless = "service/careless_key";

    /// <summary>Bound to the service, without a word on how it is sent.</summary>
    public const string Free = "service/free_key";

    /// <summary>Not granted to anybody.</summary>
    public const string Ungranted = "prod/database_url";

    private readonly VaultDirectory _vault;
    private readonly Sanctum.Daemon.Hosting.Daemon _daemon;
    private readonly AdminClient _admin;

    private AttackField(
        VaultDirectory vault, Sanctum.Daemon.Hosting.Daemon daemon, AdminClient admin, IOperatorApi operators, LoopbackService service, LoopbackService attacker,
        CarelessService careless, CancellationToken cancelled)
    {
        (_vault, _daemon, _admin, Operator) = (vault, daemon, admin, operators);
        (Target, Attacker, CarelessTarget, Cancelled) = (service, attacker, careless, cancelled);
        Client = NewClient();
    }

    /// <summary>The secret that must not get out.</summary>
    public static string Secret { get; } = $"sk-live-{RandomNumberGenerator.GetHexString(32, lowercase: true)}";

    /// <summary>Hosts on this machine and in private networks. A vault refuses to bind a credential to them.</summary>
    public static IReadOnlyList<string> InsideHosts { get; } =
        ["localhost", "127.0.0.1", "169.254.169.254", "10.0.0.1", "172.16.0.1", "192.168.1.1", "100.64.0.1"];

    /// <summary>Names that <see cref="Inside"/> is bound to. They lead to private addresses, here or in a cloud, or nowhere.</summary>
    public static IReadOnlyList<string> InsideNames { get; } =
        [.. new[] { Environment.MachineName.ToLowerInvariant() }.Where(IsPlain), "metadata.google.internal"];

    public IOperatorApi Operator { get; }

    /// <summary>What the credentials are bound to.</summary>
    public LoopbackService Target { get; }

    /// <summary>What they are not bound to.</summary>
    public LoopbackService Attacker { get; }

    /// <summary>A service that does not read bodies.</summary>
    public CarelessService CarelessTarget { get; }

    public SanctumClient Client { get; }

    public string Socket => _vault.Socket;

    /// <summary>Where agents can connect over TCP.</summary>
    public EndPoint Tcp => IPEndPoint.Parse(_daemon.Status.Tcp!);

    public string KeyPath => KeyPathOf(Agent);

    public CancellationToken Cancelled { get; }

    public static async Task<AttackField> LayAsync(VaultDirectory vault, CancellationToken cancelled)
    {
        var passphrase = Encoding.UTF8.GetBytes(RandomNumberGenerator.GetHexString(32, lowercase: true));
        var service = await LoopbackService.StartAsync().ConfigureAwait(false);
        var attacker = await LoopbackService.StartAsync().ConfigureAwait(false);
        var careless = new CarelessService();
        service.RedirectTo = attacker.Origin + "/collect";
        await LocalVault.CreateAsync(vault, passphrase, cancelled).ConfigureAwait(false);
        var daemon = await Sanctum.Daemon.Hosting.Daemon
            .StartAsync(new DaemonOptions { VaultDirectory = vault.Path, LogLevel = "error", Tcp = "127.0.0.1:0" }, passphrase, cancelled).ConfigureAwait(false);
        var admin = new AdminClient(vault.AdminSocket);
        var operators = admin.Connect((await admin.LoginAsync(passphrase, cancellationToken: cancelled).ConfigureAwait(false)).Token);
        await FillAsync(operators, vault, service, careless, cancelled).ConfigureAwait(false);
        return new AttackField(vault, daemon, admin, operators, service, attacker, careless, cancelled);
    }

    public string KeyPathOf(string agent) => Path.Join(_vault.Keys, $"{agent}.key");

    /// <summary>A connection of the agent's own.</summary>
    public SanctumClient NewClient() => new(Agent, new SanctumClientOptions { SocketPath = _vault.Socket, KeyDirectory = _vault.Keys });

    /// <summary>Sends a request through the vault, as the agent.</summary>
    public Task<JsonElement> SendAsync(string path, string url, string method = "GET", JsonObject? more = null)
    {
        var parameters = new JsonObject { ["method"] = method, ["url"] = url };
        foreach (var (name, value) in more ?? [])
        {
            parameters[name] = value?.DeepClone();
        }

        return Client.UseAsync(path, "http_request", parameters, Cancelled);
    }

    /// <summary>A call that the vault has to refuse, with one of these codes, before anybody hears of it.</summary>
    public async Task<Verdict> RefusedAsync(Func<Task<JsonElement>> call, params string[] codes)
    {
        var (target, attacker) = (Target.Requests, Attacker.Requests);
        try
        {
            var got = await call().ConfigureAwait(false);
            return Verdict.GotThrough(got.TryGetProperty("status", out var status) ? $"the request was sent and got {status}" : "the call was done");
        }
        catch (Sanctum.Client.VaultException refused)
        {
            return Target.Requests != target || Attacker.Requests != attacker ? Verdict.GotThrough($"the request was sent before it was refused with {refused.Code}")
                : codes.Contains(refused.Code) ? Verdict.StoppedBy(refused.Code)
                : Verdict.GotThrough($"refused, but with {refused.Code} instead of {string.Join(" or ", codes)}");
        }
    }

    /// <summary>A request whose response tries to tell the secret.</summary>
    public async Task<Verdict> ScrubbedAsync(string route)
    {
        var response = await SendAsync(Service, Target.Origin + route).ConfigureAwait(false);
        var answer = response.GetRawText();
        var body = response.TryGetProperty("body", out var text) ? text.GetString() ?? "" : "";
        return !Target.Received(Secret) ? Verdict.GotThrough("nothing was tried: the service never got the credential")
            : SecretForms.Tells(answer, Secret) || SecretForms.Tells(body, Secret) || SecretForms.Tells(JsonSerializer.Serialize(answer, Output.CliJson.Compact.String), Secret) ? Verdict.GotThrough("the response tells the secret")
            : Verdict.StoppedBy("scrubbed");
    }

    public async ValueTask DisposeAsync()
    {
        await Client.DisposeAsync().ConfigureAwait(false);
        await Operator.DisposeAsync().ConfigureAwait(false);
        _admin.Dispose();
        await _daemon.DisposeAsync().ConfigureAwait(false);
        await Target.DisposeAsync().ConfigureAwait(false);
        await Attacker.DisposeAsync().ConfigureAwait(false);
        await CarelessTarget.DisposeAsync().ConfigureAwait(false);
    }

    // A machine can have a name that no service could have.
    private static bool IsPlain(string name) => name != "localhost" && name.All(c => char.IsAsciiLetterLower(c) || char.IsAsciiDigit(c)) && !name.All(char.IsAsciiDigit);

    private static async Task FillAsync(IOperatorApi vault, VaultDirectory directory, LoopbackService service, CarelessService careless, CancellationToken cancelled)
    {
        var secret = Encoding.UTF8.GetBytes(Secret);
        await vault.StoreAsync(new StoreRequest(Service, secret, AllowedOrigins: [service.Origin, careless.Origin], HeaderType: "bearer"), cancelled).ConfigureAwait(false);
        await vault.StoreAsync(new StoreRequest(Careless, secret, AllowedOrigins: [careless.Origin], HeaderType: "bearer"), cancelled).ConfigureAwait(false);
        await vault.StoreAsync(new StoreRequest(Free, secret, AllowedOrigins: [service.Origin]), cancelled).ConfigureAwait(false);
        await vault.StoreAsync(new StoreRequest(Bound, secret, Hosts: [BoundHost]), cancelled).ConfigureAwait(false);
        await vault.StoreAsync(
            new StoreRequest(Narrow, secret, AllowedOrigins: [service.Origin], Methods: ["GET"], Paths: ["/public/*"]), cancelled).ConfigureAwait(false);
        await vault.StoreAsync(
            new StoreRequest(Inside, secret, Hosts: [.. InsideNames.Select(host => $"{host}:{service.Port}")]), cancelled).ConfigureAwait(false);
        await vault.StoreAsync(new StoreRequest(Ungranted, secret), cancelled).ConfigureAwait(false);
        foreach (var agent in new[] { Agent, Swarm })
        {
            var key = NewKeyFile.Write(directory, agent, protect: false, passphraseFile: null);
            await vault.RegisterAgentAsync(agent, key.PublicKey, "tries everything", cancelled).ConfigureAwait(false);
        }

        await vault.AddPolicyAsync(new PolicyView("mallory-uses", $"agent:{Agent}", ["service/*"], ["list", "use"]), cancelled).ConfigureAwait(false);
        await vault.AddPolicyAsync(
            new PolicyView("mallory-calls", $"agent:{Agent}", [$"tool:{WrappedHost.Server}/read*", $"tool:{WrappedHost.Server}/write", $"tool:{WrappedHost.Server}/help"], ["call"]), cancelled).ConfigureAwait(false);
    }
}
