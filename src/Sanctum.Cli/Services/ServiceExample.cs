namespace Sanctum.Cli.Services;

/// <summary>What has to be typed for a service, with its own examples.</summary>
internal static class ServiceExample
{
    public static string Of(Service service) => string.Join(' ', ((string[])[$"--service {service.Name}", Of(service.Host, service.User)]).Where(it => it.Length > 0));

    public static string Of(ServiceQuestion? host, ServiceQuestion? user) => string.Join(
        ' ', from answer in new[] { ("--host", host), ("--user", user) } where answer.Item2 is not null select $"{answer.Item1} {answer.Item2.Example}");
}
