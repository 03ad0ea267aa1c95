using Sanctum.Daemon.Admin;

namespace Sanctum.Cli.Attack;

/// <summary>
/// Asks an operator's own vault what it would decide about requests to places that look like the right one. It asks for
/// every agent and every credential that the agent may send somewhere. Nothing is sent, and nothing is counted.
/// </summary>
internal static class DryRun
{
    public static async Task<AttackDocument> RunAsync(IOperatorApi vault, CancellationToken cancelled)
    {
        var agents = await vault.ListAgentsAsync(cancelled).ConfigureAwait(false);
        var credentials = await vault.ListAsync(null, null, cancelled).ConfigureAwait(false);
        List<AttemptView> attempts = [];
        List<string> advice = [.. credentials.SelectMany(AdviceOn)];
        foreach (var agent in agents)
        {
            foreach (var credential in credentials)
            {
                await TryAsync(vault, agent.Name, credential, attempts, cancelled).ConfigureAwait(false);
                if (await MayAsync(vault, new SimulateRequest(agent.Name, credential.Path, "retrieve"), cancelled).ConfigureAwait(false))
                {
                    advice.Add($"{agent.Name} may retrieve {credential.Path}: then it holds the secret, and no binding keeps it in");
                }
            }
        }

        return AttackDocument.Of(attempts, advice);
    }

    private static async Task TryAsync(IOperatorApi vault, string agent, CredentialView credential, List<AttemptView> attempts, CancellationToken cancelled)
    {
        var method = credential.Methods.FirstOrDefault() ?? "GET";
        var path = credential.Paths.FirstOrDefault()?.Replace("*", "x", StringComparison.Ordinal).Replace('?', 'x') ?? "/";
        foreach (var origin in credential.Hosts.Select(host => $"https://{host}").Concat(credential.AllowedOrigins))
        {
            var honest = new SimulateRequest(agent, credential.Path, "use", "http_request", method, origin + path);
            if (!await MayAsync(vault, honest, cancelled).ConfigureAwait(false))
            {
                continue;
            }

            foreach (var (name, rule, dishonest) in Variations(honest, new Uri(origin), credential))
            {
                var (stopped, how) = await AskAsync(vault, dishonest, cancelled).ConfigureAwait(false);
                attempts.Add(new AttemptView($"{agent}, {credential.Path}: {name}", rule, stopped, how));
            }
        }
    }

    private static IEnumerable<(string Name, string Rule, SimulateRequest Request)> Variations(SimulateRequest honest, Uri origin, CredentialView credential)
    {
        const string bound = "a credential goes only to the hosts that it is bound to";
        const string reading = "a URL that could be read in two ways is refused";
        var (host, path) = (origin.Host, honest.Url![origin.GetLeftPart(UriPartial.Authority).Length..]);
        SimulateRequest To(string url) => honest with { Url = url };
        yield return ("another host", bound, To($"https://attacker.example{path}"));
        yield return ($"{host}.attacker.example", bound, To($"https://{host}.attacker.example{path}"));
        yield return ($"{host} as a user name", reading, To($"https://{host}@attacker.example{path}"));
        yield return ($"{host} with a backslash", reading, To($"https://{host}\\@attacker.example{path}"));
        yield return ("another port", bound, To($"https://{host}:{(origin.Port == 8443 ? 9443 : 8443)}{path}"));
        yield return ("a path that climbs out", reading, To($"{origin.GetLeftPart(UriPartial.Authority)}/a/..%2f..%2fb"));
        if (origin.Scheme == Uri.UriSchemeHttps && !credential.AllowedOrigins.Contains($"http://{host}"))
        {
            yield return ("plain HTTP", "HTTPS only", To($"http://{host}{path}"));
        }

        if (credential.Methods.Count > 0)
        {
            yield return ("a method that is not allowed", "the binding's methods", honest with { Method = "PURGE" });
        }
    }

    private static IEnumerable<string> AdviceOn(CredentialView credential)
    {
        foreach (var origin in credential.AllowedOrigins.Select(it => new Uri(it)).Where(it => it.Scheme == Uri.UriSchemeHttp && !it.IsLoopback))
        {
            yield return $"{credential.Path} may go to {origin.GetLeftPart(UriPartial.Authority)} without TLS: everybody on the way can read it";
        }
    }

    private static async Task<bool> MayAsync(IOperatorApi vault, SimulateRequest request, CancellationToken cancelled) =>
        (await vault.SimulateAsync(request, cancelled).ConfigureAwait(false)).Allowed;

    private static async Task<(bool Stopped, string How)> AskAsync(IOperatorApi vault, SimulateRequest request, CancellationToken cancelled)
    {
        try
        {
            var decided = await vault.SimulateAsync(request, cancelled).ConfigureAwait(false);
            return (!decided.Allowed, decided.Code ?? "allowed");
        }
        catch (OperatorException refused)
        {
            return (true, refused.Code);
        }
    }
}
