# Writes reference.json beside inputs.json: what R's packages make of the same data. Run once, by hand:
#   Rscript reference.R
# No test and no CI job runs R. metafor, metadat, bayesmeta, lme4, sandwich, psych, vcd, boot, irr, irrCAC, jsonlite.
library(metafor); library(jsonlite)
here <- dirname(sub("--file=", "", grep("--file=", commandArgs(FALSE), value = TRUE)))
given <- fromJSON(file.path(here, "inputs.json"))
out <- list(versions = list())

# Random effects: REML with the Hartung-Knapp interval, plain and never narrower than the normal one.
bcg <- escalc(measure = "RR", ai = tpos, bi = tneg, ci = cpos, di = cneg, data = metadat::dat.bcg)
studies <- c(given$meta, list(bcg = list(yi = as.numeric(bcg$yi), vi = as.numeric(bcg$vi))))
for (name in names(studies)) {
  d <- studies[[name]]
  of <- list(yi = d$yi, vi = d$vi)
  tight <- list(threshold = 1e-11 * var(d$yi), maxiter = 100000, stepadj = 0.5, tol = 1e-11 * var(d$yi), tau2.max = 1e9)
  for (test in c("knha", "adhoc")) {
    f <- rma(d$yi, d$vi, method = "REML", test = test, control = tight)
    of[[test]] <- list(mean = as.numeric(f$b), se = f$se, low = f$ci.lb, high = f$ci.ub, tau2 = f$tau2, I2 = f$I2)
  }
  out$meta[[name]] <- of
}

# Half-normal spread on bayesmeta's own example, to a finer grid than its default, whose quantiles are 0.002 out.
crins <- escalc(measure = "OR", ai = exp.AR.events, n1i = exp.total, ci = cont.AR.events, n2i = cont.total,
  data = bayesmeta::CrinsEtAl2014)
y <- as.numeric(crins$yi); v <- as.numeric(crins$vi)
for (kind in c("default", "fine")) {
  grid <- if (kind == "fine") list(delta = 1e-5, epsilon = 1e-7) else list()
  b <- do.call(bayesmeta::bayesmeta, c(list(y, sqrt(v), interval.type = "central",
    tau.prior = function(t) bayesmeta::dhalfnormal(t, scale = 0.5)), grid))
  rows <- c("median", "mean", "95% lower", "95% upper")
  out$bayesmeta[[kind]] <- list(tau = unname(b$summary[rows, "tau"]), mean = unname(b$summary[rows, "mu"]),
    further = unname(b$summary[rows, "theta"]), shrunken = unname(t(b$theta[rows, ])))
}
out$bayesmeta$yi <- y; out$bayesmeta$vi <- v; out$bayesmeta$scale <- 0.5

# One-way random effects from single cases.
cases <- data.frame(authority = factor(given$one_way$authority), cost = given$one_way$cost)
m <- lme4::lmer(cost ~ 1 + (1 | authority), cases, REML = TRUE)
v <- as.data.frame(lme4::VarCorr(m))$vcov
out$lmer <- list(mean = as.numeric(lme4::fixef(m)), se = sqrt(as.numeric(vcov(m)[1, 1])), tau2 = v[1], sigma2 = v[2])

# Gamma-log GLM, standard errors clustered by authority.
d <- as.data.frame(given$glm)
g <- glm(cost ~ meetings + professionals, family = Gamma(link = "log"), data = d,
  control = list(epsilon = 1e-14, maxit = 100))
V <- sandwich::vcovCL(g, cluster = d$authority, type = "HC1", cadjust = TRUE)
t <- qt(.975, length(unique(d$authority)) - 1)
out$glm <- list(coef = as.numeric(coef(g)), se = as.numeric(sqrt(diag(V))), model_se = as.numeric(sqrt(diag(vcov(g)))),
  low = as.numeric(coef(g) - t * sqrt(diag(V))), high = as.numeric(coef(g) + t * sqrt(diag(V))))

# Agreement.
two <- as.data.frame(given$two_raters)
psy <- psych::cohen.kappa(data.frame(two$first, two$second), levels = 1:5)
tab <- table(factor(two$first, 1:5), factor(two$second, 1:5))
fc <- vcd::Kappa(tab, weights = "Fleiss-Cohen"); es <- vcd::Kappa(tab, weights = "Equal-Spacing")
out$two <- list(psych_kappa = psy$kappa, psych_quadratic = psy$weighted.kappa, psych_var = psy$var.kappa,
  psych_quadratic_var = psy$var.weighted, vcd_quadratic = fc$Weighted[["value"]], vcd_quadratic_ase = fc$Weighted[["ASE"]],
  vcd_linear = es$Weighted[["value"]], vcd_linear_ase = es$Weighted[["ASE"]], vcd_kappa_ase = fc$Unweighted[["ASE"]],
  irr_quadratic = irr::kappa2(two, "squared")$value, irr_linear = irr::kappa2(two, "equal")$value)
many <- given$several_raters
full <- many[complete.cases(many), ]
fleiss <- irrCAC::fleiss.kappa.raw(full, weights = "quadratic", categ.labels = as.character(1:5))$est
share <- irrCAC::pa.coeff.raw(full, weights = "unweighted", categ.labels = as.character(1:5))$est
out$several <- list(share = share$pa, kappa_pa = fleiss$pa, kappa_pe = fleiss$pe)

# Bootstrap of a mean.
set.seed(1)
bt <- boot::boot(given$skewed, function(x, i) mean(x[i]), R = 40000)
out$boot <- list(mean = mean(given$skewed), low = boot::boot.ci(bt, type = "bca")$bca[4],
  high = boot::boot.ci(bt, type = "bca")$bca[5])

for (p in c("metafor", "bayesmeta", "lme4", "sandwich", "psych", "vcd", "boot", "irr", "irrCAC"))
  out$versions[[p]] <- as.character(packageVersion(p))
out$versions$R <- paste(R.version$major, R.version$minor, sep = ".")
write_json(out, file.path(here, "reference.json"), auto_unbox = TRUE, digits = 12, pretty = FALSE)
