var builder = WebApplication.CreateBuilder(args);

// Where the vault is, and which agent this program is: the section "Sanctum", or SANCTUM_AGENT, SANCTUM_SOCKET and SANCTUM_KEY.
builder.Services.AddSanctum(builder.Configuration.GetSection("Sanctum"));

// Requests go out with a key that this program does not have.
builder.Services
    .AddHttpClient("openai", http => http.BaseAddress = new Uri(builder.Configuration["Service"]!))
    .UseSanctumCredential("openai/api_key");

// A database driver needs its password: it is in the configuration for as long as the program runs.
builder.Configuration.AddSanctum(builder.Configuration.GetSection("Sanctum"), vault => vault
    .Map("ConnectionStrings:Main", "db/main", password => $"Host=localhost;Username=app;Password={password}"));

builder.Services.AddHealthChecks().AddSanctum();

var app = builder.Build();
app.MapHealthChecks("/health");
app.MapGet("/models", (IHttpClientFactory factory) => factory.CreateClient("openai").GetStringAsync("v1/models"));
app.MapGet("/database", (IConfiguration configuration) => configuration.GetConnectionString("Main")!.Split(';')[0]);
app.Run();
