using System.CommandLine;
using Sanctum.Cli.CommandLine;
using Sanctum.Cli.Services;

namespace Sanctum.Cli.Bindings;

/// <summary>The options that say where a secret may be sent, and how: by a service's name, each by itself, or both, and then what is given wins.</summary>
internal sealed class BindingOptions
{
    private readonly Option<string?> _service = new("--service")
    {
        Description = "Bind it as this service requires; see 'sanctum service list'. Other options override it", HelpName = "NAME",
    };

    private readonly Option<string[]?> _hosts = new("--host")
    {
        Description = "A host that this secret may be sent to, over HTTPS; can be repeated. Default: none", HelpName = "H",
    };

    private readonly Option<string[]?> _origins = new("--allow-origin")
    {
        Description = "An exact origin that this secret may also be sent to, without HTTPS or at a private address: http://127.0.0.1:8080", HelpName = "URL",
    };

    private readonly Option<string[]?> _methods = new("--method")
    {
        Description = "A method that requests with this secret may have, such as GET; can be repeated. Default: any", HelpName = "M",
    };

    private readonly Option<string[]?> _paths = new("--request-path")
    {
        Description = "A path that requests with this secret may have: a pattern such as '/v1/*'; can be repeated. Default: any", HelpName = "PATTERN",
    };

    private readonly Option<string[]?> _credentials = new("--allow-credential")
    {
        Description = "A header or query parameter with another credential that agents may add, such as DD-APPLICATION-KEY; can be repeated. Default: none",
        HelpName = "NAME",
    };

    private readonly Option<string?> _headerType = new("--header-type")
    {
        Description = "How requests carry it: bearer, api_key, basic, basic:USER, scheme:WORD, custom:NAME, query:NAME, path, aws_sigv4 or "
            + "aws_sigv4:REGION/SERVICE. Default: as the call says, else bearer",
        HelpName = "T",
    };

    private readonly Option<string?> _user = new("--user") { Description = "For basic: the user name. The secret is its password", HelpName = "NAME" };

    public void AddTo(Command command)
    {
        foreach (var option in new Option[] { _service, _hosts, _origins, _methods, _paths, _headerType, _user, _credentials })
        {
            command.Options.Add(option);
        }
    }

    /// <summary>What the command line says of the binding.</summary>
    public GivenBinding Read(Run run, Cleared cleared) => new()
    {
        Service = run.Get(_service) is { } name ? ServiceCatalog.Of(run.Vault).Find(name) : null,
        Hosts = Given(run, _hosts) ?? cleared.List(ClearOption.Host),
        AllowedOrigins = Given(run, _origins) ?? cleared.List(ClearOption.Origin),
        Methods = Given(run, _methods) ?? cleared.List(ClearOption.Method),
        Paths = Given(run, _paths) ?? cleared.List(ClearOption.RequestPath),
        AllowedCredentials = Given(run, _credentials) ?? cleared.List(ClearOption.Credential),
        HeaderType = run.Get(_headerType),
        ClearsHeaderType = cleared.Has(ClearOption.HeaderType),
        User = run.Get(_user),
    };

    // Not given is null, and leaves what was there; the parser would give an empty list.
    private static string[]? Given(Run run, Option<string[]?> option) => run.Has(option) ? run.Get(option) : null;
}
