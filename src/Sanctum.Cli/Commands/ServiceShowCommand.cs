using System.CommandLine;
using Sanctum.Cli.CommandLine;
using Sanctum.Cli.Services;
using Sanctum.Cli.Terminals;

namespace Sanctum.Cli.Commands;

/// <summary><c>sanctum service show NAME</c></summary>
internal static class ServiceShowCommand
{
    public static Command Create(Runner runner)
    {
        var name = new Argument<string>("NAME") { Description = "The service's name; see 'sanctum service list'" };
        return runner.Bind(new Command("show", "Show the binding of a service") { name }, run =>
        {
            var service = ServiceCatalog.Of(run.Vault).Find(run.Get(name));
            run.Terminal.Result(service, json => json.Service, () => Show(run.Terminal, service));
            return Task.CompletedTask;
        });
    }

    private static void Show(Terminal terminal, Service service)
    {
        terminal.Line($"{service.Name}: {service.Title}");
        Line("hosts", string.Join(", ", service.Hosts ?? []));
        Line("you add", service.Host is { } host ? $"--host: {host.What}, such as {host.Example}" : "");
        Line("you add", service.User is { } user ? $"--user: {user.What}, such as {user.Example}" : "");
        Line("as", service.HeaderType);
        Line("type", service.Type);
        Line("methods", string.Join(", ", service.Methods ?? []));
        Line("paths", string.Join(", ", service.Paths ?? []));
        Line("note", service.Note ?? "");
        Line("docs", service.Docs ?? "");
        Line("store it", terminal.ForThisVault($"sanctum store PATH {ServiceExample.Of(service)}"));

        void Line(string label, string text)
        {
            if (text.Length > 0)
            {
                terminal.Line($"  {label,-9} {text}");
            }
        }
    }
}
