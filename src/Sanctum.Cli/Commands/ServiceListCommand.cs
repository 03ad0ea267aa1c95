using System.CommandLine;
using Sanctum.Cli.CommandLine;
using Sanctum.Cli.Services;

namespace Sanctum.Cli.Commands;

/// <summary><c>sanctum service list</c></summary>
internal static class ServiceListCommand
{
    public static Command Create(Runner runner) => runner.Bind(new Command("list", "Show the services that 'sanctum store --service' knows"), run =>
    {
        var all = ServiceCatalog.Of(run.Vault).All;
        run.Terminal.Result(new ServicesDocument(all), json => json.ServicesDocument, () => run.Terminal.Table(
            ["NAME", "SERVICE", "HOSTS", "AS", "YOU ADD"],
            all.Select(it => new[] { it.Name, it.Title, string.Join(", ", it.Hosts ?? []), it.HeaderType, string.Join(", ", Added(it)) }),
            "no services"));
        return Task.CompletedTask;
    });

    private static IEnumerable<string> Added(Service service) =>
        from question in new[] { ("--host", service.Host), ("--user", service.User) } where question.Item2 is not null select question.Item1;
}
